// Listens to every file access of the computer.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsFanotify: Attack = {
  id: "syscalls/fanotify",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Listens to every file access of the computer.",
  inside: '"$PROBER" call fanotify',
  judge: kernel("fanotify"),
  baseline: PLAIN,
};
