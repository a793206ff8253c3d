// Makes a hard link in the workspace to a file outside of it, and reads that.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesHardLink: Attack = {
  id: "files/hard-link",
  control: "files.named-only",
  severity: "high",
  threats: ["H2"],
  sentence: "Makes a hard link in the workspace to a file outside of it, and reads that.",
  inside: 'ln "$NEIGHBOUR" way; cat way',
  judge: shows("neighbour"),
  baseline: PLAIN,
};
