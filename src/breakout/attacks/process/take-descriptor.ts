// Copies an open file out of another program (pidfd_getfd).
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processTakeDescriptor: Attack = {
  id: "process/take-descriptor",
  control: "process.pid-namespace",
  severity: "critical",
  threats: ["H39"],
  sentence: "Copies an open file out of another program (pidfd_getfd).",
  inside: '"$PROBER" call take-descriptor "$VICTIM_PID" "$VICTIM_FD"',
  judge: shows("victim"),
  baseline: PLAIN,
};
