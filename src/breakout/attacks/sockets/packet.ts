// Opens a socket that sees every packet.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsPacket: Attack = {
  id: "sockets/packet",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H15", "H39"],
  sentence: "Opens a socket that sees every packet.",
  inside: '"$PROBER" call socket 17 3 0x300',
  judge: kernel("socket"),
  baseline: NAMESPACES,
};
