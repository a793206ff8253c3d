// Reads a file whose name the policy denies, inside of the granted workspace.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import { denying } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const filesDeny: Attack = {
  id: "files/deny",
  control: "files.deny",
  severity: "critical",
  threats: ["H1", "H37"],
  sentence: "Reads a file whose name the policy denies, inside of the granted workspace.",
  inside: 'cat keys/one.breakout "$WORKSPACE/keys/one.breakout" ./keys/../keys/one.breakout',
  judge: shows("denied"),
  baseline: PLAIN,
  tweak: denying,
  policyOnly: true,
};
