// What a request must look like before anything of it is judged: the strict checks that Node's parser leaves to us. Pure.
// SECURITY(T32): what two parsers could read differently is refused here, never repaired. What llhttp refuses by itself (bare LF, obs-fold,
// CL with TE, odd lengths) is checked again where it is visible, so that a parser setting can't undo it.
import { MAX_HEADERS, type Pair } from "./types.js";

/** A request's head as it was parsed. */
export interface ParsedHead {
  readonly method: string;
  /** The request target, or `:path`. */
  readonly url: string;
  readonly version: "1.0" | "1.1" | "2" | "other";
  readonly headers: readonly Pair[];
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
/** Removing one of these would change where a request goes, where it ends, or what it was judged by. */
const NEVER_NOMINATED = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "content-encoding",
  "expect",
  "authorization",
  "cookie",
  "git-protocol",
]);
const NOT_IN_2 = ["connection", "upgrade", "keep-alive", "proxy-connection", "http2-settings"];
/** Of these a second one is read in different ways by different servers. */
const SINGLE = ["host", "content-length", "transfer-encoding", "expect", "content-type", "authorization", "upgrade"];

/** Node's flat list as pairs. */
export function pairsOf(raw: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return pairs;
}

/** All values of a header; `name` in lower case. */
export function valuesOf(headers: readonly Pair[], name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** The elements of a header that is a list, in lower case. */
export function tokensOf(headers: readonly Pair[], name: string): readonly string[] {
  return valuesOf(headers, name)
    .flatMap((value) => value.split(","))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "");
}

/** What is wrong with the head, as the end of a sentence, or nothing. */
export function flawOf(head: ParsedHead): string | undefined {
  if (head.version === "other") return "its HTTP version isn't 1.0, 1.1 or 2";
  if (!METHOD.test(head.method) || head.method === "PRI") return "its method isn't a word in capitals";
  return flawOfHeaders(head.headers) ?? flawOfBody(head) ?? flawOfNegotiation(head);
}

/** The request target that goes on to the origin: a path, or `*` of OPTIONS. */
export function flawOfPath(method: string, path: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(path)) return "its path has characters that must be encoded";
  if (path.includes("#")) return "its path has a fragment, which is never sent";
  if (path === "*") return method === "OPTIONS" ? undefined : "only OPTIONS can be asked of *";
  return path.startsWith("/") ? undefined : "its path doesn't begin with a slash";
}

function flawOfHeaders(headers: readonly Pair[]): string | undefined {
  if (headers.length > MAX_HEADERS) return `it has more than ${MAX_HEADERS} header fields`;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return "the name of a header field has characters that don't belong there";
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) return "the value of a header field has control characters";
  }
  const twice = SINGLE.find((name) => valuesOf(headers, name).length > 1);
  return twice === undefined ? undefined : `it has the header ${twice} more than once`;
}

function flawOfBody({ headers, version }: ParsedHead): string | undefined {
  const length = valuesOf(headers, "content-length")[0];
  const encoding = valuesOf(headers, "transfer-encoding")[0];
  if (length !== undefined && !/^(?:0|[1-9]\d{0,14})$/.test(length)) return "its Content-Length isn't one plain number";
  if (encoding === undefined) return undefined;
  if (version !== "1.1") return "it has a Transfer-Encoding, which its version of HTTP doesn't have";
  if (length !== undefined) return "it has both a Content-Length and a Transfer-Encoding";
  return encoding.toLowerCase() === "chunked" ? undefined : "its Transfer-Encoding isn't chunked";
}

function flawOfNegotiation({ headers, version }: ParsedHead): string | undefined {
  const nominated = tokensOf(headers, "connection").find((token) => NEVER_NOMINATED.has(token) || !TOKEN.test(token));
  if (nominated !== undefined) return "its Connection header names a field that must not be removed";
  const expected = valuesOf(headers, "expect")[0];
  if (expected !== undefined && expected.toLowerCase() !== "100-continue")
    return "it expects something other than 100-continue";
  if (version === "2" && NOT_IN_2.some((name) => has(headers, name)))
    return "it has header fields that HTTP/2 doesn't have";
  return undefined;
}

function has(headers: readonly Pair[], name: string): boolean {
  return valuesOf(headers, name).length > 0;
}

/** Whether a request that asks for an upgrade asks for a WebSocket, in the one way that there is (RFC 6455). */
export function isWebSocket({ method, version, headers }: ParsedHead): boolean {
  const upgrade = valuesOf(headers, "upgrade");
  return (
    method === "GET" &&
    version === "1.1" &&
    upgrade.length === 1 &&
    upgrade[0]?.toLowerCase() === "websocket" &&
    tokensOf(headers, "connection").includes("upgrade") &&
    !has(headers, "transfer-encoding") &&
    (valuesOf(headers, "content-length")[0] ?? "0") === "0"
  );
}
