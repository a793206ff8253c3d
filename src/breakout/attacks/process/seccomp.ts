// Looks whether it runs without any filter for system calls.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processSeccomp: Attack = {
  id: "process/seccomp",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Looks whether it runs without any filter for system calls.",
  inside: '"$PROBER" call no-filter',
  judge: kernel("no-filter"),
  baseline: PLAIN,
};
