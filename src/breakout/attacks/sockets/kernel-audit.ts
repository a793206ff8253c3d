// Opens the kernel's audit socket.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsKernelAudit: Attack = {
  id: "sockets/kernel-audit",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15", "H39"],
  sentence: "Opens the kernel's audit socket.",
  inside: '"$PROBER" call socket 16 3 9',
  judge: kernel("socket"),
  baseline: PLAIN,
};
