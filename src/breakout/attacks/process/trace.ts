// Attaches to another program as a debugger and reads its memory.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processTrace: Attack = {
  id: "process/trace",
  control: "process.pid-namespace",
  severity: "critical",
  threats: ["H39"],
  sentence: "Attaches to another program as a debugger and reads its memory.",
  inside: '"$PROBER" call ptrace "$VICTIM_PID" "$VICTIM_ADDRESS"',
  judge: shows("victim"),
  baseline: PLAIN,
};
