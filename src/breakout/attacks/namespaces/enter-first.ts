// Enters the namespaces of the first process and of a program outside (setns).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesEnterFirst: Attack = {
  id: "namespaces/enter-first",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Enters the namespaces of the first process and of a program outside (setns).",
  inside: `
for pid in 1 "$VICTIM_PID"; do
  "$PROBER" call setns "/proc/$pid/ns/user" 0x10000000; "$PROBER" call setns "/proc/$pid/ns/mnt" 0x20000; "$PROBER" call setns "/proc/$pid/ns/net" 0x40000000
done
`,
  judge: kernel("setns"),
  baseline: noBaseline("the administrator could enter them, and it would leave the stage"),
};
