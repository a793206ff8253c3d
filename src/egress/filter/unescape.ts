// Takes one level of escapes off a text that comes in pieces: %41, \n, \/, \u0041, \x41, and line breaks inside of long base64.
// Bytes that escape nothing stay as they are. Everything that it takes off shortens the text.

const [PERCENT, BACKSLASH, LINE_FEED, RETURN] = [0x25, 0x5c, 0x0a, 0x0d];
const SPECIAL = new Uint8Array(256);
for (const byte of [PERCENT, BACKSLASH, LINE_FEED, RETURN]) SPECIAL[byte] = 1;

const SIMPLE = new Map(
  Object.entries({ n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, f: 0x0c, '"': 0x22, "'": 0x27, "/": 0x2f, "\\": 0x5c }).map(
    ([letter, byte]) => [letter.charCodeAt(0), byte] as const,
  ),
);
/** Digits after `\x` and `\u`. */
const HEX_LENGTH = new Map([
  [0x78, 2],
  [0x75, 4],
]);
const LETTER = new Uint8Array(256);
for (const byte of Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")) LETTER[byte] = 1;

/** So many letters of base64 in front make a line break one inside of base64. */
const LINE_LETTERS = 16;

interface Escape {
  /** How many bytes it took. */
  readonly length: number;
  readonly bytes: readonly number[];
}

export class Unescape {
  /** A beginning of an escape at the end of what came. */
  #carry: Buffer = Buffer.alloc(0);
  /** The end of what was given out, to see whether a line break stands in base64. */
  #before: Buffer = Buffer.alloc(0);

  /** Bytes that came and wait for what follows. */
  get waiting(): number {
    return this.#carry.length;
  }

  push(chunk: Buffer, final: boolean): Buffer {
    const lead = this.#before.length;
    // What was given out last stands before, where it tells what a line break is.
    const input = Buffer.concat([this.#before, this.#carry, chunk]);
    let output: Buffer | undefined;
    let [filled, from, at] = [0, 0, lead];
    for (; at < input.length; at++) {
      if (SPECIAL[input[at] ?? 0] === 0) continue;
      const sequence = escapeAt(input, at, from);
      if (sequence === undefined) continue;
      if (sequence === "more") {
        if (final) continue;
        break;
      }
      output ??= Buffer.allocUnsafe(input.length);
      filled = append(output, filled, input, { from, to: at });
      for (const byte of sequence.bytes) output[filled++] = byte;
      at += sequence.length - 1;
      from = at + 1;
    }
    this.#carry = Buffer.from(input.subarray(at));
    if (output === undefined) return this.#give(input, lead, at);
    return this.#give(output, lead, append(output, filled, input, { from, to: at }));
  }

  #give(bytes: Buffer, from: number, to: number): Buffer {
    this.#before = Buffer.from(bytes.subarray(Math.max(0, to - LINE_LETTERS), to));
    return bytes.subarray(from, to);
  }
}

/** Copies by hand what is short: most of what stands between two escapes is. */
function append(output: Buffer, filled: number, input: Buffer, { from, to }: { from: number; to: number }): number {
  if (to - from > 64) return filled + input.copy(output, filled, from, to);
  for (let at = from; at < to; at++) output[filled++] = input[at] ?? 0;
  return filled;
}

/** `from`: where the bytes begin of which none was an escape. */
function escapeAt(input: Buffer, at: number, from: number): Escape | "more" | undefined {
  const byte = input[at];
  if (byte === PERCENT) return hexAt(input, at + 1, 2, 1);
  if (byte === BACKSLASH) return backslashAt(input, at);
  const begin = byte === LINE_FEED && input[at - 1] === RETURN && from === at ? at - 1 : at;
  for (let back = 1; back <= LINE_LETTERS; back++) if (LETTER[input[begin - back] ?? 0] !== 1) return undefined;
  return { length: 1, bytes: [] };
}

function backslashAt(input: Buffer, at: number): Escape | "more" | undefined {
  const letter = input[at + 1];
  if (letter === undefined) return "more";
  const simple = SIMPLE.get(letter);
  if (simple !== undefined) return { length: 2, bytes: [simple] };
  const digits = HEX_LENGTH.get(letter);
  return digits === undefined ? undefined : hexAt(input, at + 2, digits, 2);
}

function hexAt(input: Buffer, at: number, digits: number, lead: number): Escape | "more" | undefined {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    const byte = input[index];
    if (byte === undefined) return "more";
    const digit = digitOf(byte);
    if (digit === undefined) return undefined;
    value = value * 16 + digit;
  }
  const bytes = value < 0x80 || digits === 2 ? [value] : [...Buffer.from(String.fromCharCode(value), "utf8")];
  return { length: lead + digits, bytes };
}

function digitOf(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : undefined;
}
