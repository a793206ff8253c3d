// Reads the key that the policy lets the command use.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import { brokering } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const secretsPlaceholder: Attack = {
  id: "secrets/placeholder",
  control: "secrets.placeholders",
  severity: "critical",
  threats: ["H11", "H33"],
  sentence:
    "Reads the key that the policy lets the command use, from its own variables and those of every process that it sees.",
  inside: 'env; for each in /proc/[0-9]*/environ; do tr "\\0" "\\n" <"$each"; done; cat /run/cordon/* 2>/dev/null',
  judge: shows("env-github"),
  baseline: PLAIN,
  tweak: brokering,
  policyOnly: true,
};
