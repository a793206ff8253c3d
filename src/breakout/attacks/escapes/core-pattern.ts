// Opens the setting that names the program to be run, outside, for a crash, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesCorePattern: Attack = {
  id: "escapes/core-pattern",
  control: "proc.masked",
  severity: "critical",
  threats: ["H39"],
  sentence:
    "Opens the setting that names the program to be run, outside, for a crash, for writing (nothing is written).",
  inside: 'for each in /proc/sys/kernel/core_pattern; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
