// Asks for an allowed name that leads to this computer.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { allowingLocalName } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const networkAddresses: Attack = {
  id: "network/addresses",
  control: "network.addresses",
  severity: "critical",
  threats: ["H25", "H27"],
  sentence: "Asks for an allowed name that leads to this computer.",
  inside: throughProxy("GET http://localhost:$TCP4/$NONCE HTTP/1.1\\r\\nHost: localhost:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
  tweak: allowingLocalName,
  policyOnly: true,
};
