// Writes more than the policy allows.
import { PLAIN } from "../../baselines.js";
import { countAbove } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsDisk: Attack = {
  id: "limits/disk",
  control: "limits.disk",
  severity: "medium",
  threats: ["H40"],
  sentence: "Writes more than the policy allows.",
  inside: "head -c 24000000 /dev/zero > large; ls -l large",
  judge: (facts) => countAbove(facts.size("workspace/large"), 8_000_000),
  baseline: PLAIN,
  tweak: limiting({ diskBytes: 8_000_000 }),
  policyOnly: true,
};
