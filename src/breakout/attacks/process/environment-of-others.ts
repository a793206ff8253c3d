// Looks for the caller's keys in the environment that the sandbox's own first process was started with.
import { PLAIN } from "../../baselines.js";
import { unlessPassed } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processEnvironmentOfOthers: Attack = {
  id: "process/environment-of-others",
  control: "process.environment-clean",
  severity: "critical",
  threats: ["H11"],
  sentence: "Looks for the caller's keys in the environment that the sandbox's own first process was started with.",
  inside: 'for each in /proc/[0-9]*/environ; do tr "\\000" "\\n" < "$each"; done',
  judge: unlessPassed("env-aws", "env-github", "env-own"),
  baseline: PLAIN,
};
