// Moves, links and copies a denied file and its folder, and reads it by the new name.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import { denying } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const filesDenyByAnotherName: Attack = {
  id: "files/deny-by-another-name",
  control: "files.deny",
  severity: "critical",
  threats: ["H1", "H37"],
  sentence: "Moves, links and copies a denied file and its folder, and reads it by the new name.",
  inside: `
mv keys/one.breakout moved; ln keys/one.breakout hard; ln -s keys/one.breakout soft; cp keys/one.breakout copy
mv keys folder; cat moved hard soft copy folder/one.breakout
`,
  judge: shows("denied"),
  baseline: PLAIN,
  tweak: denying,
  policyOnly: true,
};
