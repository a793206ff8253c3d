// Everything that one run looks for, made once into one table: formats, the policy's secrets, canaries, and beginnings of packed data.
import { AnchorTable } from "./anchors.js";
import { variantsOf } from "./encodings.js";
import { FORMATS, type Format } from "./formats.js";
import type { Target } from "./judge.js";
import { shapeOf } from "./shape.js";

/** Shorter ones would be found in ordinary text. */
export const MIN_EXACT_BYTES = 8;
/** Of a longer secret this much is searched for. */
const MAX_EXACT_BYTES = 1024;
const EXACT_DEPTH = 2;
const MIN_PREFIX = 4;

export interface ExactSecrets {
  readonly secrets: readonly Buffer[];
  readonly canaries?: readonly Buffer[];
  /** More exact texts, each with its own words; a request whose host may have `exempt` may hold it. */
  readonly named?: readonly { readonly value: Buffer; readonly what: string; readonly exempt?: string }[];
  /** Texts that look like keys and are none. */
  readonly harmless?: readonly string[];
  /** Only what is exact is looked for. */
  readonly exactOnly?: true;
}

export function makeCatalog(wanted: ExactSecrets): AnchorTable<Target> {
  const { secrets, canaries = [], named = [], harmless = [], exactOnly = false } = wanted;
  const table = new AnchorTable<Target>();
  if (!exactOnly) for (const format of FORMATS) addFormat(table, withoutHarmless(format, harmless));
  for (const secret of secrets) addExact(table, secret, { what: "a secret of the policy" });
  for (const canary of canaries) addExact(table, canary, { what: "a canary" });
  for (const { value, ...rest } of named) addExact(table, value, rest);
  addPacked(table);
  return table;
}

function addFormat(table: AnchorTable<Target>, format: Format): void {
  for (const prefix of format.prefixes) {
    const target = { kind: "format", format, prefix, shape: shapeOf([prefix, ...format.rest]) } as const;
    for (const literal of longEnough(prefix, format)) {
      // A short prefix looks too common for a search two levels deep.
      const depth = literal === prefix ? 2 : 1;
      table.add(variantsOf(Buffer.from(literal, "latin1"), format.plainOnly === true ? 0 : depth), target);
    }
  }
}

/** Three characters become as many literals of four as the next one has values. */
function longEnough(prefix: string, { rest }: Format): readonly string[] {
  const next = rest[0];
  if (prefix.length >= MIN_PREFIX || next === undefined || typeof next === "string" || !("set" in next))
    return [prefix];
  const inSet = new RegExp(`[${next.set}]`);
  const letters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  return letters.filter((letter) => inSet.test(letter)).map((letter) => prefix + letter);
}

/** A placeholder has the form of a key on purpose. */
function withoutHarmless(format: Format, harmless: readonly string[]): Format {
  if (harmless.length === 0) return format;
  const isHarmless = (whole: string) => harmless.some((each) => each.includes(whole) || whole.includes(each));
  return { ...format, check: (whole, rest) => !isHarmless(whole) && (format.check?.(whole, rest) ?? true) };
}

interface Exact {
  readonly what: string;
  readonly exempt?: string;
}

function addExact(table: AnchorTable<Target>, value: Buffer, exact: Exact): void {
  // Files of secrets end in a line break that nobody sends along.
  const text = value.toString("latin1").replace(/^\s+|\s+$/g, "");
  if (text.length < MIN_EXACT_BYTES) return;
  const literal = text.slice(0, MAX_EXACT_BYTES);
  for (const spelling of new Set([literal, literal.replaceAll(" ", "+")])) {
    table.add(variantsOf(Buffer.from(spelling, "latin1"), EXACT_DEPTH), { kind: "exact", ...exact });
  }
}

function addPacked(table: AnchorTable<Target>): void {
  // The flags of a gzip header: five bits are in use.
  for (let flags = 0; flags < 32; flags++) add([0x1f, 0x8b, 0x08, flags], "gzip");
  add([0x50, 0x4b, 0x03, 0x04], "zip");
  for (const version of [2, 3]) add([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, version], "git");

  function add(bytes: readonly number[], packing: "gzip" | "zip" | "git"): void {
    const variants = variantsOf(Buffer.from(bytes), 1).filter(({ steps }) => steps[0]?.encoding !== "hex");
    table.add(variants, { kind: "packed", packing });
  }
}
