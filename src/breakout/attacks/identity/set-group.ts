// Becomes a member of the administrator's group (setresgid).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const identitySetGroup: Attack = {
  id: "identity/set-group",
  control: "identity.unprivileged",
  severity: "high",
  threats: ["H39"],
  sentence: "Becomes a member of the administrator's group (setresgid).",
  inside: '"$PROBER" call setgid',
  judge: kernel("setgid"),
  baseline: NAMESPACES,
};
