// Takes more memory than the policy allows.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsMemory: Attack = {
  id: "limits/memory",
  control: "limits.memory",
  severity: "high",
  threats: ["H40"],
  sentence: "Takes more memory than the policy allows.",
  inside: '"$PROBER" call allocate 192',
  judge: kernel("allocate"),
  baseline: PLAIN,
  tweak: limiting({ memoryBytes: 96 * 1024 ** 2 }),
  policyOnly: true,
};
