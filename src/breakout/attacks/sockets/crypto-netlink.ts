// Opens the kernel's crypto settings.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsCryptoNetlink: Attack = {
  id: "sockets/crypto-netlink",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15", "H39"],
  sentence: "Opens the kernel's crypto settings.",
  inside: '"$PROBER" call socket 16 3 21',
  judge: kernel("socket"),
  baseline: PLAIN,
};
