// A request that renews a login, on its way out. The refresh token is put in only where nothing else in the request could be what the
// endpoint goes by: each name once, one level, `grant_type` and `refresh_token` as they must be. What is answered to anything else
// could be another login's tokens, which would take the place of the user's own.
// SECURITY(T33): whatever isn't exactly that keeps its placeholder.
import { decodedText } from "../swap-head.js";
import type { AskedRequest, ByteStream } from "../types.js";

const MAX_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);

type Kind = "json" | "form";
/** The token for a placeholder, where there is one. */
export type FindToken = (placeholder: string) => string | undefined;

/** Undefined: no request of that kind. */
export function refreshSwap({ method, path, headers }: AskedRequest, find: FindToken): ByteStream | undefined {
  const values = (name: string) => headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  const [type, ...more] = values("content-type");
  const kind = kindOf(type?.split(";")[0]?.trim().toLowerCase());
  const plain = values("content-encoding").length === 0 && more.length === 0 && !path.includes("?");
  return kind === undefined || method !== "POST" || !plain ? undefined : new RefreshSwap(kind, find);
}

function kindOf(type: string | undefined): Kind | undefined {
  if (type === "application/json") return "json";
  return type === "application/x-www-form-urlencoded" ? "form" : undefined;
}

class RefreshSwap implements ByteStream {
  readonly #kind: Kind;
  readonly #find: FindToken;
  #kept: Buffer | undefined = NOTHING;

  constructor(kind: Kind, find: FindToken) {
    this.#kind = kind;
    this.#find = find;
  }

  push(chunk: Buffer): Buffer {
    if (this.#kept === undefined) return chunk;
    this.#kept = Buffer.concat([this.#kept, chunk]);
    if (this.#kept.length <= MAX_BYTES) return NOTHING;
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  end(): Buffer {
    const text = (this.#kept ?? NOTHING).toString("latin1");
    this.#kept = undefined;
    const found = (this.#kind === "json" ? jsonPairs(text) : formPairs(text)) ?? [];
    const names = found.map(({ name }) => name);
    const token = found.find(({ name }) => name === "refresh_token");
    const renews = found.some(({ name, value }) => name === "grant_type" && value === "refresh_token");
    if (token === undefined || !renews || new Set(names).size < names.length) return Buffer.from(text, "latin1");
    const value = this.#find(token.value);
    const spelt =
      value === undefined ? undefined : spellings(this.#kind, value).find((each) => each.length === token.length);
    if (spelt === undefined) return Buffer.from(text, "latin1");
    return Buffer.from(text.slice(0, token.at) + spelt + text.slice(token.at + token.length), "latin1");
  }
}

/** The body's length is told already. */
function spellings(kind: Kind, value: string): readonly string[] {
  return kind === "json" ? [JSON.stringify(value).slice(1, -1)] : [encodeURIComponent(value), value];
}

interface Pair {
  readonly name: string;
  readonly value: string;
  /** Of the value as it is spelt. */
  readonly at: number;
  readonly length: number;
}

const MEMBER = /^\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|[-+.\w]+)\s*([,}])/;

/** One object of plain values, or undefined. */
function jsonPairs(text: string): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  let from = /^\s*\{/.exec(text)?.[0].length;
  while (from !== undefined) {
    const found = MEMBER.exec(text.slice(from));
    if (found === null) return undefined;
    const [whole, written = "", value = "", end] = found;
    const quoted = value.startsWith('"');
    const [name, content] = [parsed(written), quoted ? parsed(value) : value];
    if (name === undefined || content === undefined) return undefined;
    const at = from + whole.lastIndexOf(value) + (quoted ? 1 : 0);
    pairs.push({ name, value: content, at, length: quoted ? value.length - 2 : value.length });
    from += whole.length;
    if (end === "}") return text.slice(from).trim() === "" ? pairs : undefined;
  }
  return undefined;
}

function parsed(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function formPairs(text: string): readonly Pair[] | undefined {
  let at = 0;
  const pairs: Pair[] = [];
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    if (equals < 0 || part.includes(";")) return undefined;
    const value = part.slice(equals + 1);
    pairs.push({
      name: decodedText(part.slice(0, equals)),
      value: decodedText(value),
      at: at + equals + 1,
      length: value.length,
    });
    at += part.length + 1;
  }
  return pairs;
}
