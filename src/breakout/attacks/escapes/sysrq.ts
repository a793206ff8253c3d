// Opens the file by which the computer is stopped, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesSysrq: Attack = {
  id: "escapes/sysrq",
  control: "proc.masked",
  severity: "high",
  threats: ["H39"],
  sentence: "Opens the file by which the computer is stopped, for writing (nothing is written).",
  inside: 'for each in /proc/sysrq-trigger; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
