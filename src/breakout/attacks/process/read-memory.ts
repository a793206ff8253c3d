// Reads the memory of another program of the same user (process_vm_readv).
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processReadMemory: Attack = {
  id: "process/read-memory",
  control: "process.pid-namespace",
  severity: "critical",
  threats: ["H39"],
  sentence: "Reads the memory of another program of the same user (process_vm_readv).",
  inside: '"$PROBER" call read-memory "$VICTIM_PID" "$VICTIM_ADDRESS"',
  judge: shows("victim"),
  baseline: PLAIN,
};
