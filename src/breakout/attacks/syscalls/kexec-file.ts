// Loads another kernel from a file.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsKexecFile: Attack = {
  id: "syscalls/kexec-file",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Loads another kernel from a file.",
  inside: '"$PROBER" call kexec-file',
  judge: kernel("kexec-file", ["EINVAL", "EBADF"]),
  baseline: PLAIN,
};
