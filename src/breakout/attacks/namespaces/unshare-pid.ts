// Makes a pid namespace of its own (unshare).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesUnsharePid: Attack = {
  id: "namespaces/unshare-pid",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Makes a pid namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x20000000',
  judge: kernel("unshare"),
  baseline: NAMESPACES,
};
