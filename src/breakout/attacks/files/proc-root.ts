// Reads a file outside through the root folder of its own and of the first process.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesProcRoot: Attack = {
  id: "files/proc-root",
  control: "files.named-only",
  severity: "critical",
  threats: ["H10", "H39"],
  sentence: "Reads a file outside through the root folder of its own and of the first process.",
  inside:
    'cat "/proc/self/root$NEIGHBOUR" "/proc/1/root$NEIGHBOUR" "/proc/self/task/self/root$NEIGHBOUR" "/proc/1/cwd$NEIGHBOUR"',
  judge: shows("neighbour"),
  baseline: PLAIN,
};
