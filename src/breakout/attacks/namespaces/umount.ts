// Takes away the mount that hides what lies below.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUmount: Attack = {
  id: "namespaces/umount",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Takes away the mount that hides what lies below.",
  inside: '"$PROBER" call umount',
  judge: kernel("umount"),
  baseline: NAMESPACES,
};
