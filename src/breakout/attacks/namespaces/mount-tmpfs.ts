// Mounts a file system of its own over a folder.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountTmpfs: Attack = {
  id: "namespaces/mount-tmpfs",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Mounts a file system of its own over a folder.",
  inside: '"$PROBER" call mount-tmpfs',
  judge: kernel("mount-tmpfs"),
  baseline: NAMESPACES,
};
