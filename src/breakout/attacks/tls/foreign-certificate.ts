// Sends a request to a server that shows a certificate of an authority nobody trusts, in the place of a host whose TLS is opened.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { overTls } from "../../scripts.js";
import { OPENED_HOST, openingForeign } from "../../tweaks.js";
import type { Attack } from "../../types.js";

export const tlsForeignCertificate: Attack = {
  id: "tls/foreign-certificate",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H23"],
  sentence:
    "Sends a request to a server that shows a certificate of an authority nobody trusts, in the place of a host whose TLS is opened.",
  inside: overTls({
    host: OPENED_HOST,
    bare: "FOREIGN",
    alpn: "http/1.1",
    bytes: `GET /public/$NONCE HTTP/1.1\\r\\nHost: ${OPENED_HOST}\\r\\nConnection: close\\r\\n\\r\\n`,
  }),
  judge: reaches("foreign"),
  baseline: PLAIN,
  tweak: openingForeign,
  policyOnly: true,
};
