// Takes the kernel's own page faults into its hands.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsUserfaultfdKernel: Attack = {
  id: "syscalls/userfaultfd-kernel",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Takes the kernel's own page faults into its hands.",
  inside: '"$PROBER" call userfaultfd-kernel',
  judge: kernel("userfaultfd-kernel"),
  baseline: PLAIN,
};
