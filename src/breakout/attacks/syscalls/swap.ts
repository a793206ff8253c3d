// Makes a file the computer's swap space.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsSwap: Attack = {
  id: "syscalls/swap",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a file the computer's swap space.",
  inside: '"$PROBER" call swapon',
  judge: kernel("swapon", ["EFAULT", "EINVAL"]),
  baseline: PLAIN,
};
