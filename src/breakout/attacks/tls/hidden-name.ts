// Hides the name of another host behind the allowed one in its TLS hello: two names, the extension twice, a name with a zero byte, a hello of SSL 2.
import { PLAIN } from "../../baselines.js";
import { helloMessage, inRecords, mark, oldHello, serverName } from "../../hello.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { TUNNEL_HOST, tunnelling } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsHiddenName: Attack = {
  id: "tls/hidden-name",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H24"],
  sentence:
    "Hides the name of another host behind the allowed one in its TLS hello: two names, the extension twice, a name with a zero byte, a hello of SSL 2.",
  inside: [
    inRecords(helloMessage(serverName(TUNNEL_HOST, "denied.breakout.test"), mark)),
    inRecords(helloMessage(serverName(TUNNEL_HOST), serverName("denied.breakout.test"), mark)),
    inRecords(helloMessage(serverName(`${TUNNEL_HOST}\0.denied.breakout.test`), mark)),
    oldHello(),
  ]
    .map((hello) => throughTunnel({ host: TUNNEL_HOST }, hello))
    .join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: tunnelling,
  policyOnly: true,
};
