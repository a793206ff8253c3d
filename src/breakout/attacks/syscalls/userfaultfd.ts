// Takes page faults into its own hands, which makes races in the kernel easy to win.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsUserfaultfd: Attack = {
  id: "syscalls/userfaultfd",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Takes page faults into its own hands, which makes races in the kernel easy to win.",
  inside: '"$PROBER" call userfaultfd',
  judge: kernel("userfaultfd"),
  baseline: PLAIN,
};
