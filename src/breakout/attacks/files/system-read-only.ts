// Makes files in the folders of the system's programs, libraries and settings.
import { noBaseline } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesSystemReadOnly: Attack = {
  id: "files/system-read-only",
  control: "files.system-read-only",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes files in the folders of the system's programs, libraries and settings.",
  inside: `
for folder in /usr /usr/bin /usr/local/bin /usr/lib /bin /lib /sbin; do
  (: > "$folder/cordon-breakout-$NONCE") && echo "wrote $folder" && rm -f "$folder/cordon-breakout-$NONCE"
done
`,
  judge: observes(/^wrote \/.*$/m, "a folder of the system could be written"),
  baseline: noBaseline("it would write into this computer's own system"),
  policyOnly: true,
};
