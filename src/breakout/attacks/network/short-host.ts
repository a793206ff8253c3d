// Writes an address in its short form.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkShortHost: Attack = {
  id: "network/short-host",
  control: "network.allowlist",
  severity: "high",
  threats: ["H25"],
  sentence: "Writes an address in its short form.",
  inside: throughProxy("GET http://127.1:$TCP4/$NONCE HTTP/1.1\\r\\nHost: 127.1:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
