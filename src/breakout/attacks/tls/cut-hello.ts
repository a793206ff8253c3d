// Cuts a TLS hello that names another host into single bytes, and into two records in the middle of the name.
import { PLAIN } from "../../baselines.js";
import { helloMessage, inRecords, mark, serverName } from "../../hello.js";
import { reaches } from "../../judges.js";
import { throughTunnel } from "../../scripts.js";
import { TUNNEL_HOST, tunnelling } from "../../tweaks.js";
import type { Attack } from "../../types.js";

const OTHER = helloMessage(serverName("denied.breakout.test"), mark);

export const tlsCutHello: Attack = {
  id: "tls/cut-hello",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H24"],
  sentence:
    "Cuts a TLS hello that names another host into single bytes, and into two records in the middle of the name.",
  inside: [
    throughTunnel({ host: TUNNEL_HOST, kind: "tcp-bytes" }, inRecords(OTHER)),
    throughTunnel({ host: TUNNEL_HOST }, inRecords(OTHER, 60)),
  ].join("\n"),
  judge: reaches("allowed", "tcp4"),
  baseline: PLAIN,
  tweak: tunnelling,
  policyOnly: true,
};
