// Makes a mount namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareMount: Attack = {
  id: "namespaces/unshare-mount",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a mount namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x20000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
