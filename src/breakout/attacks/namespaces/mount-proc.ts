// Mounts a fresh /proc.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountProc: Attack = {
  id: "namespaces/mount-proc",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Mounts a fresh /proc.",
  inside: '"$PROBER" call mount-proc',
  judge: kernel("mount-proc"),
  baseline: NAMESPACES,
};
