// The ways in which servers write a key back: as it came, in base64 at each of its three alignments, in hexadecimal digits, escaped for
// addresses and JSON. Each with what stands for it inside, of the same length. Pure.

/** What is looked for in an answer, and what it is replaced by. */
export interface Reflection {
  readonly real: Buffer;
  readonly shown: Buffer;
  /** So many of their first bytes are the same: the public beginning of the key. */
  readonly common: number;
}

/** Characters of base64 before the first one that the text alone decides. */
const LEAD = [0, 2, 3] as const;
/** Shorter pieces would be found in ordinary text. */
const MIN_BYTES = 8;

export function reflectionsOf(value: string, placeholder: string): readonly Reflection[] {
  const shown = fitted(placeholder, value.length);
  const pairs: (readonly [string, string])[] = [
    [value, shown],
    ...SPELLINGS.map((spell) => [spell(value), spell(shown)] as const),
    ...base64Pairs(value, shown),
  ];
  const seen = new Set<string>();
  return pairs.flatMap(([real, stand]) => {
    if (real.length < MIN_BYTES || real === stand || seen.has(real)) return [];
    seen.add(real);
    const bytes = Buffer.from(real, "latin1");
    const other = Buffer.from(fitted(stand, real.length), "latin1");
    return [{ real: bytes, shown: other, common: commonLength(bytes, other) }];
  });
}

const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => encodeURIComponent(text),
  (text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  (text) => Buffer.from(text, "latin1").toString("hex"),
  (text) => Buffer.from(text, "latin1").toString("hex").toUpperCase(),
];

function base64Pairs(value: string, shown: string): readonly (readonly [string, string])[] {
  return ([0, 1, 2] as const).flatMap((at) => {
    const [real, stand] = [inside(value, at), inside(shown, at)];
    return [[real, stand] as const, [urlSafe(real), urlSafe(stand)] as const];
  });
}

/** The characters that depend on nothing but the text when it begins at byte `at` of a group of three. */
function inside(text: string, at: 0 | 1 | 2): string {
  const whole = Buffer.from("\0".repeat(at) + text, "latin1").toString("base64");
  return whole.slice(LEAD[at], Math.floor(((at + text.length) * 8) / 6));
}

function urlSafe(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** A value that came later can have another length than the placeholder, whose messages keep theirs. */
function fitted(text: string, length: number): string {
  return text.length >= length ? text.slice(0, length) : text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

function commonLength(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
