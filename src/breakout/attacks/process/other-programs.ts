// Looks for another program of the same user among the processes that can be seen.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processOtherPrograms: Attack = {
  id: "process/other-programs",
  control: "process.pid-namespace",
  severity: "medium",
  threats: ["H10"],
  sentence: "Looks for another program of the same user among the processes that can be seen.",
  inside: 'for each in /proc/[0-9]*; do tr "\\000" " " < "$each/cmdline" | grep -F "prober victim"; done',
  judge: observes(/prober victim/, "it sees the command line of a program outside"),
  baseline: PLAIN,
};
