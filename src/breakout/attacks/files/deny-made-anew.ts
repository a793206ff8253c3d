// Makes a file with a denied name where there was none.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { denying } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const filesDenyMadeAnew: Attack = {
  id: "files/deny-made-anew",
  control: "files.deny",
  severity: "medium",
  threats: ["H1"],
  sentence: "Makes a file with a denied name where there was none.",
  inside: 'mkdir -p a/b; echo "$NONCE" > a/b/new.breakout; echo "$NONCE" > plain; mv plain late.breakout',
  judge: writes("workspace/a/b/new.breakout", "workspace/late.breakout"),
  baseline: PLAIN,
  tweak: denying,
  policyOnly: true,
};
