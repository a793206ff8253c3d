// Reads the kernel's log, with addresses in it.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsKernelLog: Attack = {
  id: "syscalls/kernel-log",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Reads the kernel's log, with addresses in it.",
  inside: '"$PROBER" call syslog',
  judge: kernel("syslog"),
  baseline: PLAIN,
};
