// Names another host in its TLS hello than the tunnel was allowed for, or none at all, with a ticket of an earlier session as well.
import { PLAIN } from "../../baselines.js";
import { helloMessage, inRecords, mark, serverName, ticket } from "../../hello.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { TUNNEL_HOST, tunnelling } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsOtherName: Attack = {
  id: "tls/other-name",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H24"],
  sentence:
    "Names another host in its TLS hello than the tunnel was allowed for, or none at all, with a ticket of an earlier session as well.",
  inside: [
    inRecords(helloMessage(serverName("denied.breakout.test"), mark)),
    inRecords(helloMessage(mark)),
    inRecords(helloMessage(serverName("denied.breakout.test"), ticket, mark)),
  ]
    .map((hello) => throughTunnel({ host: TUNNEL_HOST }, hello))
    .join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: tunnelling,
  policyOnly: true,
};
