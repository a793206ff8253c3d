// Sends a signal to another program of the same user.
import { PLAIN } from "../../baselines.js";
import { signals } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processNoHostSignals: Attack = {
  id: "process/no-host-signals",
  control: "process.no-host-signals",
  severity: "high",
  threats: ["H39"],
  sentence: "Sends a signal to another program of the same user.",
  inside: '"$PROBER" call signal "$VICTIM_PID" 10',
  judge: signals(10),
  baseline: PLAIN,
};
