// Sends datagrams past the proxy.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkDirectDatagram: Attack = {
  id: "network/direct-datagram",
  control: "network.allowlist",
  severity: "high",
  threats: ["H26"],
  sentence: "Sends datagrams past the proxy.",
  inside: '"$PROBER" send udp 127.0.0.1 "$UDP4" "$NONCE"; "$PROBER" send udp ::1 "$UDP6" "$NONCE"',
  judge: reaches("udp4", "udp6"),
  baseline: PLAIN,
};
