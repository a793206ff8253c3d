// Opens a socket for ping.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsIcmp: Attack = {
  id: "sockets/icmp",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15", "H39"],
  sentence: "Opens a socket for ping.",
  inside: '"$PROBER" call socket 2 2 1',
  judge: kernel("socket"),
  baseline: NAMESPACES,
};
