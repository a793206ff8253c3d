// Connects without the proxy, as a program does that knows none.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkDirect: Attack = {
  id: "network/direct",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H28"],
  sentence: "Connects without the proxy, as a program does that knows none.",
  inside: '"$PROBER" send tcp 127.0.0.1 "$TCP4" "$NONCE"; "$PROBER" send tcp ::1 "$TCP6" "$NONCE"',
  judge: reaches("tcp4", "tcp6"),
  baseline: PLAIN,
};
