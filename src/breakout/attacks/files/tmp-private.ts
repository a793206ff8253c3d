// Reads what another program of the same user left in the folder for temporary files.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesTmpPrivate: Attack = {
  id: "files/tmp-private",
  control: "files.tmp-private",
  severity: "high",
  threats: ["H20", "H36"],
  sentence: "Reads what another program of the same user left in the folder for temporary files.",
  inside: 'cat "$HOST_TMP/secret"; cat /tmp/cordon-breakout-*/tmp/secret',
  judge: shows("tmp"),
  baseline: PLAIN,
};
