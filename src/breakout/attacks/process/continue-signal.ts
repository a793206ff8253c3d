// Sends the one signal that the kernel lets through within a session whoever sends it (SIGCONT) to another program.
import { PLAIN } from "../../baselines.js";
import { signals } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processContinueSignal: Attack = {
  id: "process/continue-signal",
  control: "process.no-host-signals",
  severity: "medium",
  threats: ["H39"],
  sentence:
    "Sends the one signal that the kernel lets through within a session whoever sends it (SIGCONT) to another program.",
  inside: '"$PROBER" call signal "$VICTIM_PID" 18',
  judge: signals(18),
  baseline: PLAIN,
};
