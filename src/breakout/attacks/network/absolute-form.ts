// Names an allowed host in the header and another one in the request line.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkAbsoluteForm: Attack = {
  id: "network/absolute-form",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H22"],
  sentence: "Names an allowed host in the header and another one in the request line.",
  inside: throughProxy("GET http://127.0.0.1:$TCP4/$NONCE HTTP/1.1\\r\\nHost: allowed.breakout.test\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
