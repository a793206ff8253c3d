// Asks for services of this computer and for the address that clouds answer their machines on, where every public host is allowed.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkOpen: Attack = {
  id: "network/open",
  control: "network.open",
  severity: "critical",
  threats: ["H25", "H27"],
  sentence:
    "Asks for services of this computer and for the address that clouds answer their machines on, where every public host is allowed.",
  inside: throughProxy("GET http://127.0.0.1:$TCP4/$NONCE HTTP/1.1\\r\\nHost: 127.0.0.1:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
