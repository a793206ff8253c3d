// Connects to socket files that the policy doesn't name, beside one that it does.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkNamedSockets: Attack = {
  id: "network/named-sockets",
  control: "network.named-sockets",
  severity: "critical",
  threats: ["H11", "H12", "H16"],
  sentence: "Connects to socket files that the policy doesn't name, beside one that it does.",
  inside: 'for each in "$DOCKER" "$BUS" "$X11"; do "$PROBER" send unix "$each" "$NONCE"; done',
  judge: either(reaches("docker", "bus", "x11"), shows("docker", "bus", "x11")),
  baseline: PLAIN,
  policyOnly: true,
};
