// Carries a secret out in a query to a name server.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkOtherLoopback: Attack = {
  id: "network/other-loopback",
  control: "network.none",
  severity: "critical",
  threats: ["H26", "H28"],
  sentence: "Carries a secret out in a query to a name server.",
  inside: '"$PROBER" send udp 127.0.0.1 "$DNS" "$NONCE"',
  judge: reaches("dns"),
  baseline: PLAIN,
};
