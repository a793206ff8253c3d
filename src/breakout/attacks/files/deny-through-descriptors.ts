// Reads a denied file relative to an open folder and through /proc.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import { denying } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const filesDenyThroughDescriptors: Attack = {
  id: "files/deny-through-descriptors",
  control: "files.deny",
  severity: "high",
  threats: ["H1"],
  sentence: "Reads a denied file relative to an open folder and through /proc.",
  inside: 'cd keys && cat one.breakout /proc/self/cwd/one.breakout "/proc/self/root$WORKSPACE/keys/one.breakout"',
  judge: shows("denied"),
  baseline: PLAIN,
  tweak: denying,
  policyOnly: true,
};
