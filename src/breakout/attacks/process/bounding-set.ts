// Looks for capabilities that a set-user-id program could still give it.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processBoundingSet: Attack = {
  id: "process/bounding-set",
  control: "process.no-capabilities",
  severity: "medium",
  threats: ["H39"],
  sentence: "Looks for capabilities that a set-user-id program could still give it.",
  inside: '"$PROBER" call capability',
  judge: kernel("capability"),
  baseline: PLAIN,
};
