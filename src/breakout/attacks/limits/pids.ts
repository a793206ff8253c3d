// Starts more programs at once than the policy allows, as a fork bomb does.
import { PLAIN } from "../../baselines.js";
import { countAbove } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsPids: Attack = {
  id: "limits/pids",
  control: "limits.pids",
  severity: "high",
  threats: ["H40"],
  sentence: "Starts more programs at once than the policy allows, as a fork bomb does.",
  inside: `
i=0
while [ $i -lt 60 ]; do
  i=$((i + 1))
  (: > "p-$i" && sleep 2) &
done
sleep 1
`,
  judge: (facts) => countAbove(facts.names("workspace").filter((name) => name.startsWith("p-")).length, 40),
  baseline: PLAIN,
  tweak: limiting({ pids: 40 }),
  policyOnly: true,
};
