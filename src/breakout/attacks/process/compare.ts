// Compares itself with another program in the kernel (kcmp).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processCompare: Attack = {
  id: "process/compare",
  control: "process.pid-namespace",
  severity: "low",
  threats: ["H39"],
  sentence: "Compares itself with another program in the kernel (kcmp).",
  inside: '"$PROBER" call kcmp "$VICTIM_PID"',
  judge: kernel("kcmp"),
  baseline: PLAIN,
};
