// Loads another kernel.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsKexec: Attack = {
  id: "syscalls/kexec",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Loads another kernel.",
  inside: '"$PROBER" call kexec',
  judge: kernel("kexec", ["EINVAL"]),
  baseline: PLAIN,
};
