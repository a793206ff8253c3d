// The attacks of the group tls, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { tlsCutHello } from "./tls/cut-hello.js";
import { tlsForeignCertificate } from "./tls/foreign-certificate.js";
import { tlsFronting } from "./tls/fronting.js";
import { tlsHiddenName } from "./tls/hidden-name.js";
import { tlsOtherName } from "./tls/other-name.js";
import { tlsPlainRequest } from "./tls/plain-request.js";
import { tlsRawBytes } from "./tls/raw-bytes.js";
import { tlsSecondHello } from "./tls/second-hello.js";
import { tlsUnopened } from "./tls/unopened.js";

export const TLS: readonly Attack[] = [
  tlsOtherName,
  tlsHiddenName,
  tlsCutHello,
  tlsSecondHello,
  tlsRawBytes,
  tlsUnopened,
  tlsPlainRequest,
  tlsForeignCertificate,
  tlsFronting,
];
