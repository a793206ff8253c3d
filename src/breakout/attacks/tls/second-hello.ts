// Has a server ask for a second TLS hello, and names another host in that one.
import { PLAIN } from "../../baselines.js";
import { helloMessage, inRecords, mark, serverName } from "../../hello.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { TUNNEL_HOST, tunnellingTwice } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsSecondHello: Attack = {
  id: "tls/second-hello",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H24"],
  sentence: "Has a server ask for a second TLS hello, and names another host in that one.",
  inside: throughTunnel(
    { host: TUNNEL_HOST, bare: "RETRY" },
    inRecords(helloMessage(serverName(TUNNEL_HOST))),
    inRecords(helloMessage(serverName("denied.breakout.test"), mark)),
  ),
  judge: reaches("retry"),
  baseline: PLAIN,
  tweak: tunnellingTwice,
  policyOnly: true,
};
