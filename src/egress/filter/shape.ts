// The shape of a secret as data, and the two expressions made of it: the whole of it, and a beginning that could still become one.
// Every run of characters has an upper bound, so a match never takes longer than its few hundred bytes.

/** A literal, a run of characters of one set (written as inside of brackets), or one of several literals. */
export type Part =
  | string
  | { readonly set: string; readonly min: number; readonly max: number }
  | { readonly oneOf: readonly string[] };

export interface Shape {
  /** Matches at the beginning of a text. */
  readonly whole: RegExp;
  /** Matches a text that is over too early to say. */
  readonly beginning: RegExp;
  readonly maxBytes: number;
}

export function run(set: string, min: number, max = min): Part {
  return { set, min, max };
}

export function shapeOf(parts: readonly Part[]): Shape {
  const last = parts.at(-1);
  const open = last !== undefined && typeof last !== "string" && "set" in last;
  return {
    whole: new RegExp(`^${parts.map(wholeOf).join("")}${open ? `(?![${last.set}])` : ""}`),
    beginning: new RegExp(`^${beginningOf(parts)}`),
    maxBytes: parts.reduce((sum, part) => sum + maxOf(part), 0) + 1,
  };
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function wholeOf(part: Part): string {
  if (typeof part === "string") return escaped(part);
  if ("set" in part) return `[${part.set}]{${part.min},${part.max}}`;
  return `(?:${part.oneOf.map(escaped).join("|")})`;
}

function beginningOf(parts: readonly Part[]): string {
  const [first, ...rest] = parts;
  if (first === undefined) return "$";
  const after = beginningOf(rest);
  if (typeof first === "string") return literalBeginning(first, after);
  if ("set" in first) return `(?:[${first.set}]{0,${first.max}}$|[${first.set}]{${first.min},${first.max}}${after})`;
  return `(?:${first.oneOf.map((literal) => literalBeginning(literal, after)).join("|")})`;
}

function literalBeginning(literal: string, after: string): string {
  return [...literal].reduceRight((rest, letter) => `(?:$|${escaped(letter)}${rest})`, after);
}

function maxOf(part: Part): number {
  if (typeof part === "string") return part.length;
  return "set" in part ? part.max : Math.max(...part.oneOf.map((literal) => literal.length));
}
