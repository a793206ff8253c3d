// Sends a datagram to a service of this computer.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkDatagram: Attack = {
  id: "network/datagram",
  control: "network.none",
  severity: "high",
  threats: ["H26", "H28"],
  sentence: "Sends a datagram to a service of this computer.",
  inside: '"$PROBER" send udp 127.0.0.1 "$UDP4" "$NONCE"',
  judge: reaches("udp4"),
  baseline: PLAIN,
};
