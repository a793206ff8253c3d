// Reads the memory of another program through /proc.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processMemoryFile: Attack = {
  id: "process/memory-file",
  control: "process.pid-namespace",
  severity: "critical",
  threats: ["H39"],
  sentence: "Reads the memory of another program through /proc.",
  inside: '"$PROBER" call proc-mem "$VICTIM_PID" "$VICTIM_ADDRESS"',
  judge: shows("victim"),
  baseline: PLAIN,
};
