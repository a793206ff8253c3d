// Speaks plain HTTP on port 443 of a host whose TLS is opened, for a request that the policy doesn't name.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { OPENED_HOST, opening } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsPlainRequest: Attack = {
  id: "tls/plain-request",
  control: "network.requests",
  severity: "high",
  threats: ["H22", "H32"],
  sentence: "Speaks plain HTTP on port 443 of a host whose TLS is opened, for a request that the policy doesn't name.",
  inside: throughTunnel(
    { host: OPENED_HOST },
    `POST /public/$NONCE HTTP/1.1\\r\\nHost: ${OPENED_HOST}\\r\\nContent-Length: 0\\r\\n\\r\\n`,
  ),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: opening,
  policyOnly: true,
};
