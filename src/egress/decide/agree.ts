// Whether a name that came in a protocol (SNI, Host, :authority, absolute-form target) is the one that was judged and dialled.
// SECURITY(T22, T24): the target is the truth; a name that differs in one canonical byte is fronting, and refused, never followed.
import { portOf } from "../../policy/atoms.js";
import { readHost } from "../../policy/hosts.js";
import type { Denied, Target } from "../types.js";
import { malformedName, nameMismatch } from "./advice.js";

/** Where a name stood. An absolute-form target is given by its authority only. */
export type NamedIn = "host" | "authority" | "absolute" | "sni";

export interface Authority {
  readonly host: string;
  /** Undefined when none was written. */
  readonly port: number | undefined;
}

/** Longest that can be right: 253 characters, or an address in brackets, and a port. */
const MAX_LENGTH = 260;

/**
 * `host`, `host:port`, `[v6]` or `[v6]:port` as it came over the wire, canonical; undefined when it can't be read in one way only.
 * Names come as ASCII there: an international name that isn't in its xn-- form is refused. So is user information.
 */
export function readAuthority(text: string): Authority | undefined {
  if (text.length > MAX_LENGTH || !isVisibleAscii(text)) return undefined;
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : text.length;
  if (end === 0) return undefined;
  const colon = text.indexOf(":", text.startsWith("[") ? end : 0);
  if (text.startsWith("[") && end !== text.length && colon !== end) return undefined;
  const host = readHost(colon < 0 ? text : text.slice(0, colon));
  if (!host.ok) return undefined;
  if (colon < 0) return { host: host.value, port: undefined };
  const port = portOf(text.slice(colon + 1));
  return port === undefined ? undefined : { host: host.value, port };
}

/** The same for those who need a port: CONNECT, and absolute forms with the default of their scheme. */
export function readTarget(text: string, defaultPort?: number): Target | undefined {
  const authority = readAuthority(text);
  const port = authority?.port ?? defaultPort;
  return authority === undefined || port === undefined ? undefined : { host: authority.host, port };
}

/** Nothing when the name is the target's; a port must be the target's too when it is written, and SNI never has one. */
export function agrees(target: Target, claimed: string, where: NamedIn = "host"): Denied | undefined {
  const authority = readAuthority(claimed);
  if (authority === undefined) return malformedName(target, claimed, where);
  if (where === "sni" && (authority.port !== undefined || isLiteral(authority.host)))
    return malformedName(target, claimed, where);
  const same = authority.host === target.host && (authority.port === undefined || authority.port === target.port);
  return same ? undefined : nameMismatch(target, claimed, where);
}

/** TLS has no server name for addresses (RFC 6066, 3). */
function isLiteral(host: string): boolean {
  return host.includes(":") || /\.\d+$/.test(host);
}

function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
