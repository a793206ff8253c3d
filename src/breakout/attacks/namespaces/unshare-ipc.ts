// Makes a ipc namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnshareIpc: Attack = {
  id: "namespaces/unshare-ipc",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a ipc namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x8000000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
