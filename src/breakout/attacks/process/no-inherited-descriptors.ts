// Reads a file that the caller had open when the sandbox was started.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processNoInheritedDescriptors: Attack = {
  id: "process/no-inherited-descriptors",
  control: "process.no-inherited-descriptors",
  severity: "critical",
  threats: ["H39"],
  sentence: "Reads a file that the caller had open when the sandbox was started.",
  inside: 'bash -c "cat <&57"; cat /proc/self/fd/57; for each in /proc/[0-9]*/fd/57; do cat "$each"; done',
  judge: shows("leaked"),
  baseline: PLAIN,
  leaks: true,
};
