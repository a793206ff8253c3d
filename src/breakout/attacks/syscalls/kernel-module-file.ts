// Loads a kernel module from a file.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsKernelModuleFile: Attack = {
  id: "syscalls/kernel-module-file",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Loads a kernel module from a file.",
  inside: '"$PROBER" call finit-module',
  judge: kernel("finit-module", ["EBADF", "EINVAL"]),
  baseline: PLAIN,
};
