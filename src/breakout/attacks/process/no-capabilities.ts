// Looks for rights of the administrator among those that it has or may get by executing a program.
import { NAMESPACES } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processNoCapabilities: Attack = {
  id: "process/no-capabilities",
  control: "process.no-capabilities",
  severity: "critical",
  threats: ["H39"],
  sentence: "Looks for rights of the administrator among those that it has or may get by executing a program.",
  inside: "grep -E '^Cap(Inh|Prm|Eff|Amb):' /proc/self/status",
  judge: observes(/^Cap\w+:\s+0*[1-9a-f][0-9a-f]*$/m, "it has capabilities"),
  baseline: NAMESPACES,
};
