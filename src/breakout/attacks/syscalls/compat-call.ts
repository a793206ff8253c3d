// Makes a system call by the 32-bit gate, whose numbers mean something else.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsCompatCall: Attack = {
  id: "syscalls/compat-call",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a system call by the 32-bit gate, whose numbers mean something else.",
  inside: '"$PROBER" call int80',
  judge: kernel("int80"),
  baseline: PLAIN,
};
