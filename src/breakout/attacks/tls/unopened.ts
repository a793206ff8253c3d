// Gets its own TLS hello, an encrypted one too, to the server of a host whose TLS is to be opened.
import { PLAIN } from "../../baselines.js";
import { encryptedHello, helloMessage, inRecords, mark, serverName } from "../../hello.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { OPENED_HOST, opening } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsUnopened: Attack = {
  id: "tls/unopened",
  control: "network.requests",
  severity: "critical",
  threats: ["H23", "H24"],
  sentence: "Gets its own TLS hello, an encrypted one too, to the server of a host whose TLS is to be opened.",
  inside: [helloMessage(serverName(OPENED_HOST), mark), helloMessage(serverName(OPENED_HOST), encryptedHello, mark)]
    .map((hello) => throughTunnel({ host: OPENED_HOST }, inRecords(hello)))
    .join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: opening,
  policyOnly: true,
};
