// How text looks inside of base64 and hexadecimal digits, wherever in them it begins, and back. So an encoded secret is found by a
// plain search for what its beginning looks like, without decoding everything that might be base64. Pure.

export interface Step {
  readonly encoding: "base64" | "hex";
  /** At which byte of a group of three the text begins; 0 for hexadecimal. */
  readonly at: 0 | 1 | 2;
}

export interface Variant {
  /** The bytes to search for. */
  readonly literal: Buffer;
  /** How to read on from there, outermost first; empty if it stands as it is. */
  readonly steps: readonly Step[];
}

export interface Decoded {
  readonly bytes: Buffer;
  /** Where the searched text begins in `bytes`. */
  readonly at: number;
  /** The encoded text is over; nothing can be added to `bytes` any more. */
  readonly over: boolean;
}

/** Characters between the beginning of the group and the first character that the text alone decides. */
const LEAD = [0, 2, 3] as const;
const ALIGNMENTS = [0, 1, 2] as const;

const DIGITS = tableOf("0123456789abcdefABCDEF");
const LETTERS = tableOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");

function tableOf(letters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(letters, "latin1")) table[byte] = 1;
  return table;
}

/** The text itself and all its encodings, nested up to `depth`. */
export function variantsOf(literal: Buffer, depth: number): readonly Variant[] {
  const found: Variant[] = [{ literal, steps: [] }];
  let level: readonly Variant[] = found;
  for (let nested = 0; nested < depth; nested++) {
    level = level.flatMap(encodedOnce);
    found.push(...level);
  }
  const seen = new Set<string>();
  return found.filter((variant) => {
    const key = `${variant.literal.toString("latin1")} ${variant.steps.map((step) => step.encoding + step.at).join()}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function encodedOnce({ literal, steps }: Variant): readonly Variant[] {
  const digits = literal.toString("hex");
  const hex = [digits, digits.toUpperCase()].map((text) => variant(text, { encoding: "hex", at: 0 }, steps));
  const base64 = ALIGNMENTS.flatMap((at) => {
    const text = insideBase64(literal, at);
    const url = text.replaceAll("+", "-").replaceAll("/", "_");
    return [...new Set([text, url])].map((each) => variant(each, { encoding: "base64", at }, steps));
  });
  return [...hex, ...base64];
}

function variant(text: string, step: Step, inner: readonly Step[]): Variant {
  return { literal: Buffer.from(text, "latin1"), steps: [step, ...inner] };
}

/** The characters of base64 that depend on nothing but `literal` when it begins at byte `at` of a group. */
function insideBase64(literal: Buffer, at: 0 | 1 | 2): string {
  const whole = Buffer.concat([Buffer.alloc(at), literal])
    .toString("base64")
    .replaceAll("=", "");
  return whole.slice(LEAD[at], Math.floor(((at + literal.length) * 8) / 6));
}

/** Decodes the text at `at` and what follows up to `end`; undefined if what stands before can't be part of the encoding. */
export function decodeAt(
  source: { readonly bytes: Buffer; readonly end: number },
  at: number,
  steps: readonly Step[],
): Decoded | undefined {
  const [step, ...inner] = steps;
  if (step === undefined) return { bytes: source.bytes.subarray(0, source.end), at, over: false };
  const need = bytesBefore(inner);
  const start = at - lettersBefore(step, need);
  const table = step.encoding === "hex" ? DIGITS : LETTERS;
  if (start < 0) return undefined;
  let end = start;
  while (end < source.end && table[source.bytes[end] ?? 0] === 1) end++;
  if (end < at) return undefined;
  const bytes = Buffer.from(source.bytes.toString("latin1", start, end), step.encoding);
  const within = step.encoding === "hex" ? need : 3 * groupsBefore(step.at, need) + step.at;
  const decoded = decodeAt({ bytes, end: bytes.length }, within, inner);
  return decoded === undefined ? undefined : { ...decoded, over: decoded.over || end < source.end };
}

/** How many decoded bytes before the text the inner steps need to begin at a group's first character. */
function bytesBefore(steps: readonly Step[]): number {
  const [step, ...inner] = steps;
  return step === undefined ? 0 : lettersBefore(step, bytesBefore(inner));
}

function lettersBefore(step: Step, need: number): number {
  if (step.encoding === "hex") return need * 2;
  return LEAD[step.at] + 4 * groupsBefore(step.at, need);
}

function groupsBefore(at: number, need: number): number {
  return Math.max(0, Math.ceil((need - at) / 3));
}

/** The most bytes that `count` decoded ones can take up. */
export function encodedLength(count: number, steps: readonly Step[]): number {
  return steps.reduce((sum, { encoding }) => (encoding === "hex" ? sum * 2 : Math.ceil(sum / 3) * 4 + 8), count);
}

/** Reads base64 that comes in pieces, line breaks between its characters left out; `over` once anything else comes. */
export class Base64Reader {
  #rest = "";
  #skip: number;
  over = false;

  constructor(skip: number) {
    this.#skip = skip;
  }

  push(chunk: Buffer): Buffer {
    let text = this.#rest;
    let from = 0;
    for (let index = 0; index <= chunk.length && !this.over; index++) {
      const byte = chunk[index];
      if (byte !== undefined && LETTERS[byte] === 1) continue;
      text += chunk.toString("latin1", from, index);
      from = index + 1;
      this.over = byte !== undefined && byte !== 0x0a && byte !== 0x0d;
    }
    const whole = this.over ? text.length : text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    const bytes = Buffer.from(text.slice(0, whole), "base64");
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    return bytes.subarray(skipped);
  }
}
