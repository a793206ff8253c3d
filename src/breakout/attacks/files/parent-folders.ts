// Climbs out of the workspace by .. and reads the folder beside it.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesParentFolders: Attack = {
  id: "files/parent-folders",
  control: "files.named-only",
  severity: "high",
  threats: ["H10"],
  sentence: "Climbs out of the workspace by .. and reads the folder beside it.",
  inside: 'cat "$WORKSPACE/../../neighbour/secret" ../../neighbour/secret',
  judge: shows("neighbour"),
  baseline: PLAIN,
};
