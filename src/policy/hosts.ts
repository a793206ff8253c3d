// Host names and host patterns of a policy: one canonical form, so that what is matched, shown and dialled are the same bytes.
// Anything that two programs could read differently is refused, never repaired. Pure.
// SECURITY(T21, T25): NUL, brackets, trailing dots, odd numeric addresses and non-LDH names end here.
import { domainToASCII, domainToUnicode } from "node:url";
import { bad, good, portOf, type Read, type Reader } from "./atoms.js";

export interface HostPort {
  /** Canonical: lower case; `*.example.org` for a pattern; an IPv6 address without brackets. */
  readonly host: string;
  /** Undefined when none was written. */
  readonly port: number | undefined;
}

const EXPECTED = 'a host such as api.example.com, "*.example.org" or api.example.com:443';

/** A dotted quad in its one canonical form. */
function isIpv4(host: string): boolean {
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

export function isAddress(host: string): boolean {
  return isIpv4(host) || host.includes(":");
}

/** An IPv6 address as RFC 5952 writes it, or what is wrong. */
function readIpv6(text: string): Read<string> {
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text)) return bad("an IPv6 address in brackets such as [2001:db8::1]");
  let canonical: string;
  try {
    canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return bad("an IPv6 address in brackets such as [2001:db8::1]");
  }
  if (text.includes(".") || canonical.startsWith("::ffff:"))
    return bad("an IPv4 address where IPv4 is meant (not mapped into IPv6)");
  return text.toLowerCase() === canonical
    ? good(canonical)
    : bad(`an IPv6 address in its shortest form, [${canonical}]`);
}

/** A name of letters, digits and hyphens, or an IPv4 address; lower case, IDNA in its ASCII form. */
function readName(text: string): Read<string> {
  if (text === "" || text.length > 1000 || /[\u0000-\u0020\u007f"#%&'()*+,/:;<=>?@[\\\]^`{|}~]/.test(text))
    return bad(EXPECTED);
  const plain = /^[\x21-\x7e]+$/.test(text);
  const name = domainToASCII(text);
  // Characters that IDNA would drop or turn into others (zero width, full width) make two spellings of one name. So do those whose
  // normal form is another letter: the Kelvin sign is a plain k in lower case.
  if (!plain && (text.normalize("NFC") !== text || domainToUnicode(name) !== text.toLowerCase())) return bad(EXPECTED);
  if (name === "" || (plain && name !== text.toLowerCase())) {
    return bad(isOddNumber(text) ? "an address in its plain form such as 192.0.2.1" : EXPECTED);
  }
  if (name.length > 253) return bad("a host of at most 253 characters");
  if (isIpv4(name)) return plain ? good(name) : bad(EXPECTED);
  const labels = name.split(".");
  if (labels.at(-1) === "") return bad("a host without a dot at its end");
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) return bad("an address in its plain form such as 192.0.2.1");
  const wrong = labels.find((label) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (wrong !== undefined) return bad("a host whose parts are 1 to 63 letters, digits and inner hyphens each");
  return good(name);
}

function isOddNumber(text: string): boolean {
  return /^[0-9a-fx.]+$/i.test(text) && /\d/.test(text.split(".").at(-1) ?? "");
}

/** An exact host: a name or an address. What the proxy must use for the names it is asked for. */
export const readHost: Reader<string> = (text) => {
  if (text.startsWith("[") && text.endsWith("]")) return readIpv6(text.slice(1, -1));
  return readName(text);
};

/** An exact host, or `*.` and a name for one or more labels before it. */
export const readHostPattern: Reader<string> = (text) => {
  if (!text.startsWith("*")) return readHost(text);
  if (text === "*") return bad('a named host ("*" isn\'t one; network.mode: open is how every host is allowed)');
  const rest = text.startsWith("*.")
    ? readName(text.slice(2))
    : bad('a pattern that begins with "*." and names a domain');
  if (!rest.ok) return rest;
  return isIpv4(rest.value) ? bad("an address without a star") : good(`*.${rest.value}`);
};

function splitPort(text: string): Read<{ readonly host: string; readonly port: number | undefined }> {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text);
  if (match === null) return bad(`${EXPECTED} (an IPv6 address goes in brackets)`);
  const [, host = "", port] = match;
  if (port === undefined) return good({ host, port: undefined });
  const number = portOf(port);
  return number === undefined ? bad("a host whose port is between 1 and 65535") : good({ host, port: number });
}

/** `api.example.com`, `*.example.org:443`, `192.0.2.1:8080`, `[2001:db8::1]:443`. */
export const readHostRule: Reader<HostPort> = (text) => {
  const split = splitPort(text);
  if (!split.ok) return split;
  const host = readHostPattern(split.value.host);
  return host.ok ? good({ host: host.value, port: split.value.port }) : host;
};

/** An exact host with its port, both required: `127.0.0.1:11434`. */
export const readEndpoint: Reader<{ readonly host: string; readonly port: number }> = (text) => {
  const split = splitPort(text);
  if (!split.ok) return bad("a host and port such as 127.0.0.1:8080");
  const host = readHost(split.value.host);
  if (!host.ok || split.value.port === undefined) return bad("a host and port such as 127.0.0.1:8080");
  return good({ host: host.value, port: split.value.port });
};

/** A service on the user's own loopback: `127.0.0.1:11434`, `localhost:11434`, `[::1]:11434`. */
export const readForward: Reader<{ readonly host: string; readonly port: number }> = (text) => {
  const endpoint = readEndpoint(text);
  const loopback =
    endpoint.ok && (/^127\./.test(endpoint.value.host) || ["localhost", "::1"].includes(endpoint.value.host));
  return loopback ? endpoint : bad("a loopback address and port such as 127.0.0.1:11434");
};

/** An explicit upstream: `127.0.0.1:8080`, or `unix:/run/llm.sock`. */
export const readConnect: Reader<{ readonly unix: string } | { readonly host: string; readonly port: number }> = (
  text,
) => {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path === "" ? bad("unix: and the path of a socket") : good({ unix: path });
  }
  const endpoint = readEndpoint(text);
  return endpoint.ok ? endpoint : bad("a host and port such as 127.0.0.1:8080, or unix: and the path of a socket");
};

/** Whether a canonical pattern covers a canonical host. `*.a.b` covers `x.a.b` and `y.x.a.b`, never `a.b` nor an address. */
export function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === host;
  return (
    !isAddress(host) && host.length > pattern.length - 1 && host.endsWith(pattern.slice(1)) && !host.startsWith(".")
  );
}

/** Whether every host that `inner` covers is covered by `outer` too. */
export function hostCovers(outer: string, inner: string): boolean {
  if (!inner.startsWith("*.")) return hostMatches(outer, inner);
  return outer === inner || (outer.startsWith("*.") && inner.endsWith(outer.slice(1)));
}
