// Opens the firewall's own socket (netlink netfilter), by which kernels have been taken over.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsNetfilter: Attack = {
  id: "sockets/netfilter",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H15", "H39"],
  sentence: "Opens the firewall's own socket (netlink netfilter), by which kernels have been taken over.",
  inside: '"$PROBER" call socket 16 3 12',
  judge: kernel("socket"),
  baseline: PLAIN,
};
