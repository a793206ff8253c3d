// Opens more files at once than the policy allows.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import { limiting } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const limitsFiles: Attack = {
  id: "limits/files",
  control: "limits.files",
  severity: "medium",
  threats: ["H40"],
  sentence: "Opens more files at once than the policy allows.",
  inside: '"$PROBER" call open-files 100',
  judge: kernel("open-files"),
  baseline: PLAIN,
  tweak: limiting({ files: 64 }),
  policyOnly: true,
};
