// Has the kernel write a line for every process to a file.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsAccounting: Attack = {
  id: "syscalls/accounting",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Has the kernel write a line for every process to a file.",
  inside: '"$PROBER" call acct',
  judge: kernel("acct", ["EFAULT"]),
  baseline: PLAIN,
};
