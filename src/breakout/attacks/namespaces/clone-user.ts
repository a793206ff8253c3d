// Makes a user namespace for a child (clone).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesCloneUser: Attack = {
  id: "namespaces/clone-user",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a user namespace for a child (clone).",
  inside: '"$PROBER" call clone 0x10000000',
  judge: kernel("clone"),
  baseline: PLAIN,
};
