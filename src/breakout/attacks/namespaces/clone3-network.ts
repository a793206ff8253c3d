// Makes a network namespace for a child (clone3).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesClone3Network: Attack = {
  id: "namespaces/clone3-network",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a network namespace for a child (clone3).",
  inside: '"$PROBER" call clone3 0x40000000',
  judge: kernel("clone3"),
  baseline: NAMESPACES,
};
