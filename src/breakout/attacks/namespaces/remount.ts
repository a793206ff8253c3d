// Mounts the root folder anew, writable.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesRemount: Attack = {
  id: "namespaces/remount",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Mounts the root folder anew, writable.",
  inside: '"$PROBER" call remount',
  judge: kernel("remount"),
  baseline: NAMESPACES,
};
