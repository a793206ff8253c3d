// Ends a host's name with a zero byte before the allowed part.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkZeroByte: Attack = {
  id: "network/zero-byte",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H21"],
  sentence: "Ends a host's name with a zero byte before the allowed part.",
  inside: throughProxy(
    "CONNECT 127.0.0.1\\0.allowed.breakout.test:$TCP4 HTTP/1.1\\r\\nHost: allowed.breakout.test\\r\\n\\r\\n",
  ),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
