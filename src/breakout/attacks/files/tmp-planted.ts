// Leaves a file in the host's folder for temporary files, where another program would find it.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesTmpPlanted: Attack = {
  id: "files/tmp-planted",
  control: "files.tmp-private",
  severity: "high",
  threats: ["H20", "H36"],
  sentence: "Leaves a file in the host's folder for temporary files, where another program would find it.",
  inside: 'echo "$NONCE" > "$HOST_TMP/planted-$NONCE"',
  judge: writes("tmp/planted-NONCE"),
  baseline: PLAIN,
};
