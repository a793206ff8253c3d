// Writes an address as one number.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkNumericHost: Attack = {
  id: "network/numeric-host",
  control: "network.allowlist",
  severity: "high",
  threats: ["H25"],
  sentence: "Writes an address as one number.",
  inside: throughProxy("GET http://2130706433:$TCP4/$NONCE HTTP/1.1\\r\\nHost: 2130706433:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
