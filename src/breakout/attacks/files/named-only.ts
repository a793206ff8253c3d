// Reads a file of the same user beside the workspace, by its path.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesNamedOnly: Attack = {
  id: "files/named-only",
  control: "files.named-only",
  severity: "critical",
  threats: ["H2", "H13", "H37"],
  sentence: "Reads a file of the same user beside the workspace, by its path.",
  inside: 'cat "$NEIGHBOUR"',
  judge: shows("neighbour"),
  baseline: PLAIN,
};
