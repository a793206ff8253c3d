// Opens programs and libraries of the system for writing, without writing.
import { noBaseline } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesReplaceProgram: Attack = {
  id: "files/replace-program",
  control: "files.system-read-only",
  severity: "critical",
  threats: ["H39"],
  sentence: "Opens programs and libraries of the system for writing, without writing.",
  inside:
    'for file in /bin/sh /usr/bin/env /usr/bin/id /etc/passwd /etc/ld.so.cache; do (: >> "$file") && echo "opened $file"; done',
  judge: observes(/^opened \/(?:usr|bin).*$/m, "a file of the system could be written"),
  baseline: noBaseline("only the administrator can, and Cordon doesn't try it on the real system"),
  policyOnly: true,
};
