// Hides the host behind an allowed one as a user's name.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkUserPart: Attack = {
  id: "network/user-part",
  control: "network.allowlist",
  severity: "high",
  threats: ["H21", "H25"],
  sentence: "Hides the host behind an allowed one as a user's name.",
  inside: throughProxy(
    "GET http://allowed.breakout.test@127.0.0.1:$TCP4/$NONCE HTTP/1.1\\r\\nHost: allowed.breakout.test\\r\\n\\r\\n",
  ),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
