// Makes a cgroup namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareCgroup: Attack = {
  id: "namespaces/unshare-cgroup",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a cgroup namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x2000000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
