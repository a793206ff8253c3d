// Clones the mount tree by a descriptor.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesOpenTree: Attack = {
  id: "namespaces/open-tree",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Clones the mount tree by a descriptor.",
  inside: '"$PROBER" call open-tree',
  judge: kernel("open-tree"),
  baseline: NAMESPACES,
};
