// Changes what a mount may do.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountSetattr: Attack = {
  id: "namespaces/mount-setattr",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Changes what a mount may do.",
  inside: '"$PROBER" call mount-setattr',
  judge: kernel("mount-setattr"),
  baseline: NAMESPACES,
};
