// Becomes the administrator (setresuid).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const identitySetUser: Attack = {
  id: "identity/set-user",
  control: "identity.unprivileged",
  severity: "critical",
  threats: ["H39"],
  sentence: "Becomes the administrator (setresuid).",
  inside: '"$PROBER" call setuid',
  judge: kernel("setuid"),
  baseline: NAMESPACES,
};
