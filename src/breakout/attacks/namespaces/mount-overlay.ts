// Lays a file system over two of the host.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountOverlay: Attack = {
  id: "namespaces/mount-overlay",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Lays a file system over two of the host.",
  inside: '"$PROBER" call mount-overlay',
  judge: kernel("mount-overlay"),
  baseline: NAMESPACES,
};
