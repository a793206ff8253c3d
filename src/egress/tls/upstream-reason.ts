// Why an upstream's TLS was refused, in words for a person and an agent. Pure. It must never repeat what the server sent: names and
// texts in a certificate are of its making.

const CERTIFICATE = "The certificate that HOST showed";
const ADD_CA = "If its authority is one of your own, add the authority's file to network.upstreamCa.";

/** By the code that Node gives an error of TLS or of the connection below it. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", `${CERTIFICATE} has expired.`],
  ["CERT_NOT_YET_VALID", `${CERTIFICATE} isn't valid yet; the clock of this computer may be wrong.`],
  ["ERR_TLS_CERT_ALTNAME_INVALID", `${CERTIFICATE} is for other names.`],
  ["HOSTNAME_MISMATCH", `${CERTIFICATE} is for other names.`],
  ["CERT_REVOKED", `${CERTIFICATE} was revoked.`],
  ["CERT_SIGNATURE_FAILURE", `${CERTIFICATE} has a wrong signature.`],
  ["INVALID_PURPOSE", `${CERTIFICATE} isn't for servers.`],
  ["INVALID_CA", `${CERTIFICATE} was signed by a certificate that may not sign others.`],
  ["PATH_LENGTH_EXCEEDED", `${CERTIFICATE} has a chain that its authority doesn't allow.`],
  ["CERT_CHAIN_TOO_LONG", `${CERTIFICATE} has a chain that is too long.`],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", `${CERTIFICATE} is signed by itself. ${ADD_CA}`],
  ["SELF_SIGNED_CERT_IN_CHAIN", `${CERTIFICATE} is from an authority that isn't trusted here. ${ADD_CA}`],
  ["UNABLE_TO_GET_ISSUER_CERT", `${CERTIFICATE} is from an authority that isn't trusted here. ${ADD_CA}`],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", `${CERTIFICATE} is from an authority that isn't trusted here. ${ADD_CA}`],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", `${CERTIFICATE} is from an authority that isn't trusted here. ${ADD_CA}`],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "HOST doesn't speak TLS on this port."],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "HOST doesn't speak TLS on this port."],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "HOST speaks no version of TLS from 1.2 on."],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "HOST speaks no version of TLS from 1.2 on."],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "HOST and Cordon have no cipher in common."],
  ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "The server doesn't know the name HOST."],
  ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "HOST speaks none of the protocols that the client offers."],
  ["ECONNRESET", "HOST closed the connection during the TLS handshake."],
  ["EPIPE", "HOST closed the connection during the TLS handshake."],
  ["trust", "The certificates by which HOST is to be checked can't be read."],
  ["closed", "The connection to HOST was closed during the TLS handshake."],
  ["timeout", "HOST didn't finish the TLS handshake in time."],
]);

/** `host` is canonical. */
export function upstreamReason(host: string, code: string): string {
  const known = REASONS.get(code);
  if (known !== undefined) return known.replaceAll("HOST", host);
  const shown = /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : "";
  return `The TLS connection to ${host} couldn't be made${shown}.`;
}
