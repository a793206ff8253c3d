// Makes a user namespace for a child by the call whose arguments a filter can't see (clone3).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesClone3User: Attack = {
  id: "namespaces/clone3-user",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a user namespace for a child by the call whose arguments a filter can't see (clone3).",
  inside: '"$PROBER" call clone3 0x10000000',
  judge: kernel("clone3"),
  baseline: PLAIN,
};
