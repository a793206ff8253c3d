// Makes a network namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareNetwork: Attack = {
  id: "namespaces/unshare-network",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a network namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x40000000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
