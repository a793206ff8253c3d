// Writes an address in octal.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkOctalHost: Attack = {
  id: "network/octal-host",
  control: "network.allowlist",
  severity: "high",
  threats: ["H25"],
  sentence: "Writes an address in octal.",
  inside: throughProxy("GET http://0177.0.0.1:$TCP4/$NONCE HTTP/1.1\\r\\nHost: 0177.0.0.1:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
