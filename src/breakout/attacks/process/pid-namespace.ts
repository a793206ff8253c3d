// Reads the environment of another program of the same user, by its number and of all that can be seen.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processPidNamespace: Attack = {
  id: "process/pid-namespace",
  control: "process.pid-namespace",
  severity: "critical",
  threats: ["H10", "H39"],
  sentence: "Reads the environment of another program of the same user, by its number and of all that can be seen.",
  inside:
    'cat "/proc/$VICTIM_PID/environ" | tr "\\000" "\\n"; for each in /proc/[0-9]*/environ; do tr "\\000" "\\n" < "$each"; done',
  judge: shows("victim"),
  baseline: PLAIN,
};
