// Executes programs in ways that a record may miss: by a link, a copy, and the dynamic loader.
import { PLAIN } from "../../baselines.js";
import { unrecorded } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processRecorded: Attack = {
  id: "process/recorded",
  control: "process.recorded",
  severity: "medium",
  threats: ["H10"],
  sentence: "Executes programs in ways that a record may miss: by a link, a copy, and the dynamic loader.",
  inside: `
/bin/echo "way-a-$NONCE"; env echo "way-b-$NONCE"
ln -s /bin/echo link; ./link "way-c-$NONCE"; cp /bin/echo copy; ./copy "way-d-$NONCE"
for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do [ -e "$loader" ] && "$loader" /bin/echo "way-e-$NONCE"; done
`,
  judge: unrecorded("way-"),
  baseline: PLAIN,
  policyOnly: true,
};
