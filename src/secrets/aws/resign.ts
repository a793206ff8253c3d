// Requests that a client inside signed with placeholders, signed anew with the real key. The signature with the placeholder is verified first: what
// it doesn't cover wasn't meant to be sent, and whoever can't make it doesn't get a real one.
import { timingSafeEqual } from "node:crypto";
import type { AskedRequest, Pair } from "../types.js";
import { PATH_FORMS, type Scope, type SignedParts, sha256, signatureOf } from "./canonical.js";

export interface KeyPair {
  readonly id: string;
  readonly secret: string;
}

/** `placeholder`: what the client has. */
export interface SigningKey {
  readonly placeholder: KeyPair;
  readonly real: KeyPair;
}

export type Resigned =
  | { readonly signed: true; readonly headers: readonly Pair[] }
  | { readonly signed: false; readonly why: string };

/** Something that was signed with a placeholder, as far as its head says. */
export interface Signing {
  /** Why it can't be signed anew. */
  readonly refused?: string;
  /** The body has to be seen before. */
  readonly needsBody: boolean;
  /** `sent`: the fields as they are to be sent. */
  finish(sent: readonly Pair[], body?: Buffer): Resigned;
}

const FIELD =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})\s*$/;
/** What stands for a body that isn't signed: its chunks neither. */
const UNSIGNED = ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"];

/** Undefined: it has nothing to do with this key. */
export function signingOf(asked: AskedRequest, key: SigningKey): Signing | undefined {
  const { id } = key.placeholder;
  const field = fieldOf(asked.headers, "authorization") ?? "";
  const query = asked.path.includes("?") && decoded(asked.path).includes(`X-Amz-Credential=${id}/`);
  if (query) return refusing("a signature in the address (a presigned one) isn't made anew; sign in a header");
  if (!field.includes(`Credential=${id}/`)) return undefined;
  const found = FIELD.exec(field);
  const time = fieldOf(asked.headers, "x-amz-date");
  if (found === null || time === undefined)
    return refusing("only AWS4-HMAC-SHA256 with x-amz-date is signed anew, in one Authorization field");
  const [, , scope = "", names = "", signature = ""] = found;
  const payload = fieldOf(asked.headers, "x-amz-content-sha256");
  if (payload !== undefined && !UNSIGNED.includes(payload) && !/^[0-9a-f]{64}$/.test(payload))
    return refusing("a body whose chunks are signed isn't signed anew; let the client sign the whole body");
  const over: Scope = { time, scope, names: names.split(";") };
  return {
    needsBody: payload === undefined,
    finish: (sent, body) =>
      resigned({ asked, sent, over, signature, payload: payload ?? sha256(body ?? Buffer.alloc(0)) }, key),
  };
}

interface Asking {
  readonly asked: AskedRequest;
  readonly sent: readonly Pair[];
  readonly over: Scope;
  readonly signature: string;
  readonly payload: string;
}

function resigned({ asked, sent, over, signature, payload }: Asking, { placeholder, real }: SigningKey): Resigned {
  const { method, path, target } = asked;
  const host = target.port === 443 ? target.host : `${target.host}:${target.port}`;
  const before: SignedParts = { method, path, headers: asked.headers, host, payload };
  const form = PATH_FORMS.find((each) => equal(signatureOf(placeholder.secret, before, over, each), signature));
  if (form === undefined) return { signed: false, why: "it isn't signed with its placeholder" };
  // What was signed is signed again, as it is sent: some fields may be left out or changed by then.
  const there = (name: string) => name === "host" || sent.some(([each]) => each.toLowerCase() === name);
  const next: Scope = { ...over, names: over.names.filter(there) };
  const made = signatureOf(real.secret, { ...before, headers: sent }, next, form);
  const field = `AWS4-HMAC-SHA256 Credential=${real.id}/${over.scope}, SignedHeaders=${next.names.join(";")}, Signature=${made}`;
  return {
    signed: true,
    headers: sent.map(([name, value]) => [name, name.toLowerCase() === "authorization" ? field : value]),
  };
}

function refusing(refused: string): Signing {
  return { refused, needsBody: false, finish: () => ({ signed: false, why: refused }) };
}

function fieldOf(headers: readonly Pair[], name: string): string | undefined {
  const values = headers.filter(([each]) => each.toLowerCase() === name);
  return values.length === 1 ? values[0]?.[1] : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
