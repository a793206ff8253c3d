// Sends more requests than the policy allows in a minute.
import { PLAIN } from "../../baselines.js";
import { moreThan } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { limitingRequests } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const networkLimits: Attack = {
  id: "network/limits",
  control: "network.limits",
  severity: "medium",
  threats: ["H26"],
  sentence: "Sends more requests than the policy allows in a minute.",
  inside: `for each in 1 2 3 4 5 6; do
${throughProxy("GET http://allowed.breakout.test/$NONCE HTTP/1.1\r\nHost: allowed.breakout.test\r\nConnection: close\r\n\r\n")}
done`,
  judge: moreThan(3, "allowed", "tcp4"),
  baseline: PLAIN,
  tweak: limitingRequests,
  policyOnly: true,
};
