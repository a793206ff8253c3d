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
  inside: '[ "$(id -u)" = 0 ] && echo "it is root"; sed "s/^/mapped /" /proc/self/uid_map',
  judge: observes(/^(?:it is root|mapped\s+0\s+0\s+[2-9]\d*)$/m, "it is the administrator"),
  baseline: NAMESPACES,
};
