// Which header fields go on, in both directions. Hop-by-hop fields and everything that speaks to a proxy end here; the rest keeps its
// order, case and bytes. How a body is framed is never copied: it is stated anew from what was parsed. Pure.
import type { Pair } from "./types.js";
import { tokensOf, valuesOf } from "./wellformed.js";

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "http2-settings",
]);
/** Trailers that would change what was judged before the body (RFC 9110, 6.5.1). */
const NEVER_TRAILERS = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "trailer",
  "te",
  "connection",
  "upgrade",
  "keep-alive",
  "http2-settings",
  "expect",
  "authorization",
  "cookie",
  "set-cookie",
  "content-type",
  "content-encoding",
  "content-range",
  "max-forwards",
  "cache-control",
  "range",
  "location",
]);

const HELD_PER_TEXT = 32;

/** How the body of a request ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "chunked" }
  | { readonly kind: "length"; readonly bytes: number };

export function framingOf(headers: readonly Pair[]): Framing {
  if (valuesOf(headers, "transfer-encoding").length > 0) return { kind: "chunked" };
  const length = valuesOf(headers, "content-length")[0];
  return length === undefined ? { kind: "none" } : { kind: "length", bytes: Number(length) };
}

function endToEnd(headers: readonly Pair[]): Pair[] {
  const nominated = new Set(tokensOf(headers, "connection"));
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !nominated.has(lower) && !lower.startsWith("proxy-");
  });
}

/** The fields of an HTTP/1 request that go on. These are judged, filtered and sent; none is added afterwards. */
export function requestHeaders(headers: readonly Pair[], method: string): readonly Pair[] {
  const kept = endToEnd(headers);
  const framing = framingOf(headers);
  if (framing.kind === "chunked") {
    kept.push(["Transfer-Encoding", "chunked"]);
    for (const value of valuesOf(headers, "trailer")) kept.push(["Trailer", value]);
  }
  if (framing.kind === "length") kept.push(["Content-Length", String(framing.bytes)]);
  // Node would announce a chunked body for these, which some servers refuse.
  if (framing.kind === "none" && !["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"].includes(method))
    kept.push(["Content-Length", "0"]);
  if (tokensOf(headers, "te").includes("trailers")) kept.push(["TE", "trailers"], ["Connection", "TE, keep-alive"]);
  return kept;
}

/** The fields of an HTTP/1 response that go back. Node frames the body by itself where no length is given. */
export function responseHeaders(headers: readonly Pair[]): readonly Pair[] {
  const kept = endToEnd(headers).filter(([name]) => name.toLowerCase() !== "alt-svc");
  const length = valuesOf(headers, "content-length")[0];
  const framed = valuesOf(headers, "transfer-encoding").length > 0;
  if (length !== undefined && !framed) kept.push(["Content-Length", length]);
  if (framed) for (const value of valuesOf(headers, "trailer")) kept.push(["Trailer", value]);
  return kept;
}

/** What Upgrade needs on top. */
export function webSocketHeaders(headers: readonly Pair[]): readonly Pair[] {
  return [...endToEnd(headers), ["Connection", "Upgrade"], ["Upgrade", "websocket"]];
}

/** Trailers that may go on; the others are dropped. */
export function trailersOf(trailers: readonly Pair[]): [string, string][] {
  return trailers
    .filter(([name]) => !NEVER_TRAILERS.has(name.toLowerCase()) && !/^proxy-|^:/i.test(name))
    .map(([name, value]) => [name, value]);
}

/** As Node takes them where order and repetition matter. */
export function flat(headers: readonly Pair[]): string[] {
  return headers.flat();
}

/** What a judge may look at: lower case, repeated fields as lists. */
export function factsOf(headers: readonly Pair[]): Record<string, string | string[]> {
  const facts: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = facts[lower];
    facts[lower] = before === undefined ? value : [...(typeof before === "string" ? [before] : before), value];
  }
  return facts;
}

/** What a parsed head takes in memory, roughly: short fields take more than their bytes. */
export function heldBytes(raw: readonly string[]): number {
  return raw.reduce((bytes, text) => bytes + text.length + HELD_PER_TEXT, 0);
}

export function bytesOf(headers: readonly Pair[]): number {
  return headers.reduce((bytes, [name, value]) => bytes + name.length + value.length + 4, 0);
}
