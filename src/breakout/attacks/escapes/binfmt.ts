// Opens the file that says which program runs a kind of file, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesBinfmt: Attack = {
  id: "escapes/binfmt",
  control: "proc.masked",
  severity: "critical",
  threats: ["H39"],
  sentence: "Opens the file that says which program runs a kind of file, for writing (nothing is written).",
  inside:
    'for each in /proc/sys/fs/binfmt_misc/register; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
