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
