// Looks whether it is the administrator, here or of the computer.
import { NAMESPACES } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const identityUnprivileged: Attack = {
  id: "identity/unprivileged",
  control: "identity.unprivileged",
  severity: "critical",
  threats: ["H39"],
  sentence: "Looks whether it is the administrator, here or of the computer.",
  inside: '[ "$(id -u)" = 0 ] && echo "it is root, who is outside:" $(cat /proc/self/uid_map)',
  judge: observes(/^it is root.*$/m, "it is the administrator"),
  baseline: NAMESPACES,
};
