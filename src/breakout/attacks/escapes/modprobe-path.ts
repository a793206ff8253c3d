// Opens the setting that names the program by which the kernel loads modules, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesModprobePath: Attack = {
  id: "escapes/modprobe-path",
  control: "proc.masked",
  severity: "critical",
  threats: ["H39"],
  sentence:
    "Opens the setting that names the program by which the kernel loads modules, for writing (nothing is written).",
  inside: 'for each in /proc/sys/kernel/modprobe; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
