// Asks Cordon's proxy for a tunnel to an address that the policy doesn't name.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkAllowlist: Attack = {
  id: "network/allowlist",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H28", "H30"],
  sentence: "Asks Cordon's proxy for a tunnel to an address that the policy doesn't name.",
  inside: throughProxy("CONNECT 127.0.0.1:$TCP4 HTTP/1.1\\r\\nHost: 127.0.0.1:$TCP4\\r\\n\\r\\n"),
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
