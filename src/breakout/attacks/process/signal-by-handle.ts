// Sends a signal to another program by a process descriptor.
import { PLAIN } from "../../baselines.js";
import { signals } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processSignalByHandle: Attack = {
  id: "process/signal-by-handle",
  control: "process.no-host-signals",
  severity: "high",
  threats: ["H39"],
  sentence: "Sends a signal to another program by a process descriptor.",
  inside: '"$PROBER" call pidfd-signal "$VICTIM_PID" 12',
  judge: signals(12),
  baseline: PLAIN,
};
