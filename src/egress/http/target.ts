// Where a request wants to go, from the form of its request target (RFC 9112, 3.2). Pure.
// SECURITY(T22): the authority of an absolute form is the target, or must be the one that the connection was judged for.
import { readTarget } from "../decide/agree.js";
import type { Target } from "../types.js";

export type Destination =
  | { readonly ok: true; readonly target: Target; readonly path: string; readonly claimed?: string }
  | { readonly ok: false; readonly flaw: string };

interface AbsoluteForm {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

function absoluteForm(url: string): AbsoluteForm | undefined {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/s.exec(url);
  if (match === null) return undefined;
  const [, scheme = "", authority = "", rest = ""] = match;
  return { scheme: scheme.toLowerCase(), authority, path: rest.startsWith("/") ? rest : `/${rest}` };
}

/** A request of a connection whose target is known. An absolute form may only say the same again. */
export function destinationAt(target: Target, scheme: "http" | "https", url: string): Destination {
  const absolute = absoluteForm(url);
  if (absolute === undefined) return { ok: true, target, path: url };
  if (absolute.scheme !== scheme)
    return { ok: false, flaw: "its address has a scheme that the connection doesn't have" };
  return { ok: true, target, path: absolute.path, claimed: absolute.authority };
}

/** A request at the proxy listener: absolute form only. */
export function destinationOfProxied(url: string): Destination {
  const absolute = absoluteForm(url);
  if (absolute === undefined)
    return { ok: false, flaw: "this port is a proxy: it takes CONNECT, and addresses that begin with http://" };
  if (absolute.scheme === "https")
    return { ok: false, flaw: "https goes through this proxy by CONNECT, not by an address in the request line" };
  if (absolute.scheme !== "http") return { ok: false, flaw: "its address doesn't begin with http://" };
  const target = readTarget(absolute.authority, 80);
  if (target === undefined) return { ok: false, flaw: "the host of its address isn't in its plain form" };
  return { ok: true, target, path: absolute.path };
}
