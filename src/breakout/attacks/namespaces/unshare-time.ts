// Makes a time namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareTime: Attack = {
  id: "namespaces/unshare-time",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a time namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x80',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
