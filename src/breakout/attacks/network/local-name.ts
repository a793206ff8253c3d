// Asks for this computer by its name.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkLocalName: Attack = {
  id: "network/local-name",
  control: "network.allowlist",
  severity: "high",
  threats: ["H25"],
  sentence: "Asks for this computer by its name.",
  inside: throughProxy("GET http://localhost:$TCP4/$NONCE HTTP/1.1\\r\\nHost: localhost:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
