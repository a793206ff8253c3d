// Sends a request with a method and a path that the policy doesn't name, and hides the path behind others.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { judgingRequests } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const networkRequests: Attack = {
  id: "network/requests",
  control: "network.requests",
  severity: "high",
  threats: ["H22", "H23", "H24", "H32"],
  sentence: "Sends a request with a method and a path that the policy doesn't name, and hides the path behind others.",
  inside: [
    throughProxy(
      "POST http://judged.breakout.test/public/$NONCE HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\nContent-Length: 0\\r\\n\\r\\n",
    ),
    throughProxy(
      "GET http://judged.breakout.test/public/../$NONCE HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\n\\r\\n",
    ),
    throughProxy(
      "GET http://judged.breakout.test/public/%2e%2e/$NONCE HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\n\\r\\n",
    ),
  ].join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: judgingRequests,
  policyOnly: true,
};
