// Enters a network namespace by a descriptor (setns).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesEnterNetwork: Attack = {
  id: "namespaces/enter-network",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Enters a network namespace by a descriptor (setns).",
  inside: '"$PROBER" call setns /proc/self/ns/net 0x40000000',
  judge: kernel("setns"),
  baseline: NAMESPACES,
};
