// Writes an IPv4 address as one of IPv6.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkBracketedHost: Attack = {
  id: "network/bracketed-host",
  control: "network.allowlist",
  severity: "high",
  threats: ["H25"],
  sentence: "Writes an IPv4 address as one of IPv6.",
  inside: throughProxy(
    "GET http://[::ffff:127.0.0.1]:$TCP4/$NONCE HTTP/1.1\\r\\nHost: [::ffff:127.0.0.1]:$TCP4\\r\\n\\r\\n",
  ),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
