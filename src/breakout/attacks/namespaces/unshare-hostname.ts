// Makes a hostname namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareHostname: Attack = {
  id: "namespaces/unshare-hostname",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a hostname namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x4000000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
