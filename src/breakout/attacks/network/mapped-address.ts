// Connects by an IPv4 address in the clothes of IPv6.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkMappedAddress: Attack = {
  id: "network/mapped-address",
  control: "network.none",
  severity: "high",
  threats: ["H26", "H28"],
  sentence: "Connects by an IPv4 address in the clothes of IPv6.",
  inside: '"$PROBER" send tcp ::ffff:127.0.0.1 "$TCP4" "$NONCE"',
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
