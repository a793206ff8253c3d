// Makes its mounts spread to other namespaces.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountShared: Attack = {
  id: "namespaces/mount-shared",
  control: "process.no-namespaces",
  severity: "medium",
  threats: ["H39"],
  sentence: "Makes its mounts spread to other namespaces.",
  inside: '"$PROBER" call mount-shared',
  judge: kernel("mount-shared"),
  baseline: NAMESPACES,
};
