// Connects to a service on this computer's loopback.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkNone: Attack = {
  id: "network/none",
  control: "network.none",
  severity: "critical",
  threats: ["H26", "H28"],
  sentence: "Connects to a service on this computer's loopback.",
  inside: '"$PROBER" send tcp 127.0.0.1 "$TCP4" "$NONCE"',
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
