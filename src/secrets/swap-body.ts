// Puts the values of secrets in the place of their placeholders in a body, as its bytes pass: where a whole value of the outermost
// object of a JSON text, or of a form, is one, and its name is made for a key.
// SECURITY: never deeper. In the middle of a body stand messages, files and the arguments of earlier calls; what the key was written into
// there would be read by somebody.
import { isCredentialMember } from "./names.js";
import { decodedText } from "./swap-head.js";
import type { ByteStream, Pair, Swappable } from "./types.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_NAME = 64;

/** Nothing where the body isn't of a kind that is looked into. */
export function bodySwap(
  headers: readonly Pair[],
  secrets: readonly Swappable[],
  used: (name: string) => void,
): ByteStream | undefined {
  const swapped = secrets.filter(({ places }) => places.includes("body"));
  const values = (name: string) => headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  if (swapped.length === 0 || values("content-encoding").some((value) => value.toLowerCase() !== "identity"))
    return undefined;
  const type = values("content-type")[0]?.split(";")[0]?.trim().toLowerCase() ?? "";
  const lookUp: LookUp = (text, length, spell) => {
    const found = swapped.find(({ placeholder }) => placeholder === text);
    const value = found === undefined ? undefined : spell(found.value).find((each) => each.length === length);
    if (found !== undefined && value !== undefined) used(found.name);
    return value;
  };
  const longest = Math.max(...swapped.map(({ placeholder }) => placeholder.length));
  if (type === "application/json" || type.endsWith("+json")) return new JsonSwap(lookUp, longest * 2);
  return type === "application/x-www-form-urlencoded" ? new FormSwap(lookUp, longest * 3 + MAX_NAME * 3) : undefined;
}

/** The value for a placeholder, in a spelling that is as long as the one that stands there: the body's length is told already. */
type LookUp = (placeholder: string, length: number, spell: (value: string) => readonly string[]) => string | undefined;

/** Reads just as much JSON as tells a member of the outermost object from everything else. */
class JsonSwap implements ByteStream {
  readonly #lookUp: LookUp;
  readonly #maxText: number;
  #depth = 0;
  /** What the outermost object is at: its first byte, a name, a value, or past its end. */
  #at: "start" | "name" | "value" | "over" = "start";
  #text: number[] | undefined;
  #inText = false;
  #escaped = false;
  #credential = false;

  constructor(lookUp: LookUp, maxText: number) {
    this.#lookUp = lookUp;
    this.#maxText = maxText;
  }

  push(chunk: Buffer): Buffer {
    if (this.#isOver) return chunk;
    const out: Buffer[] = [];
    // From here on the chunk's bytes go on as they are; bytes of a kept text are not among them.
    let from = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      const before = this.#keepsValue;
      const kept = this.#inText ? this.#inside(byte) : this.#outside(byte);
      if (before && kept !== undefined) {
        out.push(kept);
        from = index;
      } else if (!before && this.#keepsValue) {
        out.push(chunk.subarray(from, index + 1));
        from = chunk.length;
      }
      if (this.#isOver) break;
    }
    if (!this.#keepsValue) out.push(chunk.subarray(from));
    return Buffer.concat(out);
  }

  end(): Buffer {
    return this.#keepsValue ? Buffer.from(this.#text ?? []) : Buffer.alloc(0);
  }

  get #isOver(): boolean {
    return this.#at === "over";
  }

  get #keepsValue(): boolean {
    return this.#inText && this.#at === "value" && this.#credential && this.#text !== undefined;
  }

  /** A byte of a text. What was kept is given back when it ends, or when it is too long to be one of ours. */
  #inside(byte: number): Buffer | undefined {
    if (!this.#escaped && byte === QUOTE) return this.#endText();
    this.#escaped = !this.#escaped && byte === BACKSLASH;
    if (this.#text === undefined) return undefined;
    this.#text.push(byte);
    if (this.#text.length <= (this.#at === "name" ? MAX_NAME : this.#maxText)) return undefined;
    // The byte that was too much stands in the chunk, and goes on from there.
    const kept = Buffer.from(this.#text.slice(0, -1));
    this.#text = undefined;
    return kept;
  }

  #endText(): Buffer | undefined {
    const text = this.#text === undefined ? undefined : Buffer.from(this.#text);
    const [isName, isValue] = [this.#at === "name" && this.#depth === 1, this.#keepsValue];
    this.#inText = false;
    this.#text = undefined;
    if (isName) this.#credential = text !== undefined && isCredentialMember(text.toString("latin1"));
    if (!isValue || text === undefined) return undefined;
    const value = this.#lookUp(unescaped(text.toString("latin1")), text.length, (each) => [
      JSON.stringify(each).slice(1, -1),
    ]);
    return value === undefined ? text : Buffer.from(value, "latin1");
  }

  #outside(byte: number): undefined {
    if (byte === QUOTE) {
      this.#inText = true;
      this.#escaped = false;
      this.#text = this.#depth === 1 ? [] : undefined;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (this.#at === "start") this.#at = byte === 0x7b ? "name" : "over";
      this.#depth += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      this.#depth -= 1;
      if (this.#depth <= 0) this.#at = "over";
    } else if (this.#depth === 1 && byte === 0x3a) this.#at = "value";
    else if (this.#depth === 1 && byte === 0x2c) this.#at = "name";
  }
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  try {
    const read: unknown = JSON.parse(`"${text}"`);
    return typeof read === "string" ? read : text;
  } catch {
    return text;
  }
}

/** `name=value` pairs; one that is longer than any of ours goes on as it comes. */
class FormSwap implements ByteStream {
  readonly #lookUp: LookUp;
  readonly #maxPair: number;
  #pair = "";
  #passes = false;

  constructor(lookUp: LookUp, maxPair: number) {
    this.#lookUp = lookUp;
    this.#maxPair = maxPair;
  }

  push(chunk: Buffer): Buffer {
    const [first = "", ...rest] = chunk.toString("latin1").split("&");
    let out = this.#take(first);
    for (const part of rest) {
      out += `${this.#endPair()}&`;
      out += this.#take(part);
    }
    return Buffer.from(out, "latin1");
  }

  end(): Buffer {
    return Buffer.from(this.#endPair(), "latin1");
  }

  #take(text: string): string {
    if (this.#passes) return text;
    this.#pair += text;
    if (this.#pair.length <= this.#maxPair) return "";
    this.#passes = true;
    const kept = this.#pair;
    this.#pair = "";
    return kept;
  }

  #endPair(): string {
    const pair = this.#pair;
    this.#pair = "";
    this.#passes = false;
    const equals = pair.indexOf("=");
    if (equals < 0 || !isCredentialMember(decodedText(pair.slice(0, equals)))) return pair;
    const text = pair.slice(equals + 1);
    const value = this.#lookUp(decodedText(text), text.length, (each) => [encodeURIComponent(each), each]);
    return pair.slice(0, equals + 1) + (value ?? text);
  }
}
