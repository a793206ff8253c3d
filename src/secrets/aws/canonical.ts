// The text that AWS Signature Version 4 signs, and the signature (the header form, HMAC-SHA256). Pure.
import { createHash, createHmac } from "node:crypto";
import type { Pair } from "../types.js";

export interface SignedParts {
  readonly method: string;
  /** As it is sent, query included. */
  readonly path: string;
  readonly headers: readonly Pair[];
  /** Where there is no such field: HTTP/2 has it elsewhere. */
  readonly host: string;
  /** Of the body, or the word that stands for it. */
  readonly payload: string;
}

export interface Scope {
  /** `20260101T000000Z`. */
  readonly time: string;
  /** `20260101/eu-west-1/s3/aws4_request`. */
  readonly scope: string;
  /** Lower case, in order. */
  readonly names: readonly string[];
}

/** How a service reads the path: S3 as it is, all others escaped once more. */
export const PATH_FORMS = ["plain", "escaped"] as const;
export type PathForm = (typeof PATH_FORMS)[number];

export function signatureOf(secret: string, parts: SignedParts, { time, scope, names }: Scope, form: PathForm): string {
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonicalRequest(parts, names, form))].join("\n");
  const key = scope.split("/").reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`, "latin1"));
  return hmac(key, text).toString("hex");
}

export function canonicalRequest(parts: SignedParts, names: readonly string[], form: PathForm): string {
  const [path = "/", query = ""] = splitOnce(parts.path, "?");
  return [
    parts.method,
    form === "plain" ? path : escaped(path).replaceAll("%2F", "/"),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${fieldOf(parts, name)}`),
    "",
    names.join(";"),
    parts.payload,
  ].join("\n");
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function fieldOf({ headers, host }: SignedParts, name: string): string {
  const values = headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  if (values.length === 0 && name === "host") return host;
  return values.map((value) => value.trim().replace(/ +/g, " ")).join(",");
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const [name = "", value = ""] = splitOnce(pair, "=");
    return [again(name), again(value)] as const;
  });
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = pairs.toSorted(([a, x], [b, y]) => before(a, b) || before(x, y));
  return sorted.map(([name, value]) => `${name}=${value}`).join("&");
}

/** In the one spelling that is signed, whatever spelling is sent. */
function again(text: string): string {
  try {
    return escaped(decodeURIComponent(text));
  } catch {
    return text;
  }
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

function splitOnce(text: string, at: string): readonly string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
