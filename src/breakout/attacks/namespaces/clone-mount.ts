// Makes a mount namespace for a child (clone).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesCloneMount: Attack = {
  id: "namespaces/clone-mount",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a mount namespace for a child (clone).",
  inside: '"$PROBER" call clone 0x20000',
  judge: kernel("clone"),
  baseline: NAMESPACES,
};
