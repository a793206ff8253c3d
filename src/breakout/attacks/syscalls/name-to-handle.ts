// Asks for a file's handle.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsNameToHandle: Attack = {
  id: "syscalls/name-to-handle",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Asks for a file's handle.",
  inside: '"$PROBER" call name-to-handle',
  judge: kernel("name-to-handle"),
  baseline: PLAIN,
};
