// Looks for the caller's keys in its environment.
import { PLAIN } from "../../baselines.js";
import { unlessPassed } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processEnvironmentClean: Attack = {
  id: "process/environment-clean",
  control: "process.environment-clean",
  severity: "critical",
  threats: ["H11"],
  sentence: "Looks for the caller's keys in its environment.",
  inside: "env",
  judge: unlessPassed("env-aws", "env-github", "env-own"),
  baseline: PLAIN,
};
