// Sends a datagram to a service of this computer by IPv6.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkDatagramIpv6: Attack = {
  id: "network/datagram-ipv6",
  control: "network.none",
  severity: "high",
  threats: ["H26", "H28"],
  sentence: "Sends a datagram to a service of this computer by IPv6.",
  inside: '"$PROBER" send udp ::1 "$UDP6" "$NONCE"',
  judge: reaches("udp6"),
  baseline: PLAIN,
};
