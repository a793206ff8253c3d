// Asks for this computer by its name with a dot at the end.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkTrailingDot: Attack = {
  id: "network/trailing-dot",
  control: "network.allowlist",
  severity: "medium",
  threats: ["H25"],
  sentence: "Asks for this computer by its name with a dot at the end.",
  inside: throughProxy("GET http://localhost.:$TCP4/$NONCE HTTP/1.1\\r\\nHost: localhost.:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
