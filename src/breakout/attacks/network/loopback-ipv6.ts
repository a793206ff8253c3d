// Connects to a service on this computer's loopback by IPv6.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkLoopbackIpv6: Attack = {
  id: "network/loopback-ipv6",
  control: "network.none",
  severity: "high",
  threats: ["H26", "H28"],
  sentence: "Connects to a service on this computer's loopback by IPv6.",
  inside: '"$PROBER" send tcp ::1 "$TCP6" "$NONCE"',
  judge: reaches("tcp6"),
  baseline: PLAIN,
};
