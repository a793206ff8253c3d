// Goes on for longer than the policy allows.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsTime: Attack = {
  id: "limits/time",
  control: "limits.time",
  severity: "medium",
  threats: ["H40"],
  sentence: "Goes on for longer than the policy allows.",
  inside: 'sleep 2.5; echo "$NONCE" > late',
  judge: writes("workspace/late"),
  baseline: PLAIN,
  tweak: limiting({ timeMs: 1000 }),
  policyOnly: true,
  cutShort: true,
};
