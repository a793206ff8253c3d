// Renames the computer.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesSethostname: Attack = {
  id: "namespaces/sethostname",
  control: "process.no-namespaces",
  severity: "low",
  threats: ["H39"],
  sentence: "Renames the computer.",
  inside: '"$PROBER" call sethostname',
  judge: kernel("sethostname"),
  baseline: NAMESPACES,
};
