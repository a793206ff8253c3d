// Heads of HTTP/2: the pseudo-headers of a request in the one form that is accepted, and fields in the shape that Node takes. Pure.
import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2";
import type { NamedIn } from "../decide/agree.js";
import type { Pair } from "./types.js";
import { flawOf, flawOfPath, valuesOf } from "./wellformed.js";

export type Http2Head =
  | { readonly ok: false; readonly flaw: string }
  | {
      readonly ok: true;
      readonly method: string;
      readonly path: string;
      /** Those that go on; the names are given apart. */
      readonly headers: readonly Pair[];
      readonly names: readonly (readonly [NamedIn, string])[];
    };

const PSEUDO = [":method", ":scheme", ":authority", ":path"];

/** nghttp2 refuses most of this by itself; what an origin could read differently must not hang on that. */
export function readHead(fields: readonly Pair[]): Http2Head {
  const no = (flaw: string) => ({ ok: false, flaw }) as const;
  const pseudo = fields.filter(([name]) => name.startsWith(":"));
  const headers = fields.filter(([name]) => !name.startsWith(":"));
  if (pseudo.some(([name]) => !PSEUDO.includes(name))) return no("it has a pseudo-header that requests don't have");
  if (PSEUDO.some((name) => valuesOf(pseudo, name).length > 1)) return no("it has a pseudo-header twice");
  if (fields.findLastIndex(([name]) => name.startsWith(":")) >= pseudo.length)
    return no("a pseudo-header stands behind a header field");
  const [method = "", scheme = "", path = ""] = [":method", ":scheme", ":path"].map(
    (name) => valuesOf(pseudo, name)[0],
  );
  if (method === "CONNECT") return no("CONNECT isn't served over HTTP/2, for WebSockets neither; use HTTP/1.1");
  if (scheme !== "https") return no("its :scheme isn't https");
  if (headers.some(([name]) => name !== name.toLowerCase())) return no("the name of a header field has capitals");
  const flaw = flawOf({ method, url: path, version: "2", headers }) ?? flawOfPath(method, path);
  if (flaw !== undefined) return no(flaw);
  if (valuesOf(headers, "te").some((value) => value.toLowerCase() !== "trailers")) return no("its TE isn't trailers");
  const names = namesOf(valuesOf(pseudo, ":authority")[0], valuesOf(headers, "host")[0]);
  if (names.length === 0) return no("it has neither an :authority nor a Host");
  return {
    ok: true,
    method,
    path,
    headers: headers.filter(([name]) => name !== "host" && !name.startsWith("proxy-")),
    names,
  };
}

function namesOf(authority: string | undefined, host: string | undefined): readonly (readonly [NamedIn, string])[] {
  return [
    ...(authority === undefined ? [] : [["authority", authority] as const]),
    ...(host === undefined ? [] : [["host", host] as const]),
  ];
}

/** Repeated fields as lists, in Node's shape; a request's pseudo-headers with them. */
export function headersObject(head: {
  readonly headers: readonly Pair[];
  readonly method?: string;
  readonly path?: string;
  readonly names?: readonly (readonly [NamedIn, string])[];
}): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null);
  if (head.method !== undefined && head.path !== undefined) {
    fields[":method"] = head.method;
    fields[":scheme"] = "https";
    fields[":authority"] = head.names?.[0]?.[1];
    fields[":path"] = head.path;
  }
  for (const [name, value] of head.headers) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else fields[name] = [...(Array.isArray(before) ? before : [String(before)]), value];
  }
  return fields;
}

/** What Node gathered, as pairs; pseudo-headers left out. */
export function pairsOfHeaders(headers: IncomingHttpHeaders): readonly Pair[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (name.startsWith(":") || value === undefined) return [];
    return (Array.isArray(value) ? value : [String(value)]).map((each) => [name, each] as const);
  });
}

/** Fields of HTTP/1 connections, which nghttp2 lets in and Node refuses to send, and what would lead clients elsewhere. */
const NOT_PASSED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "te",
  "alt-svc",
]);

export function responseOf(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): {
  readonly status: number;
  readonly fields: OutgoingHttpHeaders;
  readonly bytes: number;
} {
  const pairs = pairsOfHeaders(headers).filter(([name]) => !NOT_PASSED.has(name));
  const bytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return { status: headers[":status"] ?? 0, fields: headersObject({ headers: pairs }), bytes };
}

export function isFinalWithoutBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
