// Sends what is no TLS through a tunnel to port 443: another protocol, HTTP/2 without TLS, a record that is none.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { TUNNEL_HOST, tunnelling } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsRawBytes: Attack = {
  id: "tls/raw-bytes",
  control: "network.allowlist",
  severity: "high",
  threats: ["H24"],
  sentence:
    "Sends what is no TLS through a tunnel to port 443: another protocol, HTTP/2 without TLS, a record that is none.",
  inside: [
    "SSH-2.0-$NONCE\\r\\n",
    "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\x00\\x00\\x17\\x09\\x00\\x00\\x00\\x00\\x01$NONCE",
    "\\x16\\x03\\x01\\x00\\x1b\\x02\\x00\\x00\\x17$NONCE",
    "\\x17\\x03\\x03\\x00\\x17$NONCE",
  ]
    .map((bytes) => throughTunnel({ host: TUNNEL_HOST }, bytes))
    .join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: tunnelling,
  policyOnly: true,
};
