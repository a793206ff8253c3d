// Makes a user namespace of its own (unshare).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processNoNamespaces: Attack = {
  id: "process/no-namespaces",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a user namespace of its own (unshare).",
  inside: '"$PROBER" call unshare 0x10000000',
  judge: kernel("unshare"),
  baseline: PLAIN,
};
