// Names another host inside of TLS that is opened: in the Host of a request, and in the :authority of a second stream.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { overTls } from "../../scripts.js";
import { twoStreams } from "../../streams.js";
import { OPENED_HOST, openingSecure } from "../../tweaks.js";
import type { Attack } from "../../types.js";

const SERVER = { host: OPENED_HOST, bare: "TLS" } as const;

export const tlsFronting: Attack = {
  id: "tls/fronting",
  control: "network.requests",
  severity: "critical",
  threats: ["H22", "H24"],
  sentence:
    "Names another host inside of TLS that is opened: in the Host of a request, and in the :authority of a second stream.",
  inside: [
    overTls({
      ...SERVER,
      alpn: "http/1.1",
      bytes: "GET /public/$NONCE HTTP/1.1\\r\\nHost: denied.breakout.test\\r\\nConnection: close\\r\\n\\r\\n",
    }),
    overTls({ ...SERVER, alpn: "h2", bytes: twoStreams(OPENED_HOST, "denied.breakout.test") }),
  ].join("\n"),
  judge: reaches("tls"),
  baseline: PLAIN,
  tweak: openingSecure,
  policyOnly: true,
};
