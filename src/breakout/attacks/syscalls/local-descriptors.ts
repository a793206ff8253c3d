// Reads and sets its own segments, a source of many holes.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsLocalDescriptors: Attack = {
  id: "syscalls/local-descriptors",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Reads and sets its own segments, a source of many holes.",
  inside: '"$PROBER" call modify-ldt',
  judge: kernel("modify-ldt"),
  baseline: PLAIN,
};
