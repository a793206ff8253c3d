// Loads a kernel module from memory.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsKernelModule: Attack = {
  id: "syscalls/kernel-module",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Loads a kernel module from memory.",
  inside: '"$PROBER" call init-module',
  judge: kernel("init-module", ["EFAULT", "ENOEXEC", "EINVAL"]),
  baseline: PLAIN,
};
