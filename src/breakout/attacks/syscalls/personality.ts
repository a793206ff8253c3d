// Makes all memory executable (READ_IMPLIES_EXEC).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsPersonality: Attack = {
  id: "syscalls/personality",
  control: "process.seccomp",
  severity: "low",
  threats: ["H39"],
  sentence: "Makes all memory executable (READ_IMPLIES_EXEC).",
  inside: '"$PROBER" call personality',
  judge: kernel("personality"),
  baseline: PLAIN,
};
