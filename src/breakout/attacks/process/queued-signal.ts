// Queues a signal with data for another program.
import { PLAIN } from "../../baselines.js";
import { signals } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processQueuedSignal: Attack = {
  id: "process/queued-signal",
  control: "process.no-host-signals",
  severity: "high",
  threats: ["H39"],
  sentence: "Queues a signal with data for another program.",
  inside: '"$PROBER" call queue-signal "$VICTIM_PID" 40',
  judge: signals(40),
  baseline: PLAIN,
};
