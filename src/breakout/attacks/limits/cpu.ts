// Uses more processor time than the policy allows.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsCpu: Attack = {
  id: "limits/cpu",
  control: "limits.cpu",
  severity: "medium",
  threats: ["H40"],
  sentence: "Uses more processor time than the policy allows.",
  inside: '"$PROBER" call burn 4000 1100',
  judge: kernel("burn"),
  baseline: PLAIN,
  tweak: limiting({ cpu: 0.2 }),
  policyOnly: true,
};
