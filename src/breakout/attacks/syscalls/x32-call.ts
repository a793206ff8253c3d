// Makes a system call by the x32 numbers, which simple filters forget.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsX32Call: Attack = {
  id: "syscalls/x32-call",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a system call by the x32 numbers, which simple filters forget.",
  inside: '"$PROBER" call x32',
  judge: kernel("x32"),
  baseline: PLAIN,
};
