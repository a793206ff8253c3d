// Policies that are wrong in many ways, for tests and fuzzing: a valid one is bent by its bytes, by its lines and by its values.
// Pure: the same seed gives the same files. Never part of a run.

import { ADDITIONS, ODD_HOSTS, ODD_VALUES, SOUND_POLICY as SOUND } from "./malformed-samples.js";

export interface MalformedPolicy {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Small numbers from a seed (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}

type Bend = (dice: Dice) => string | Uint8Array;

function splice(text: string, at: number, remove: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

/** A place behind `KEY: `, and how long the value there is. */
function someValue(dice: Dice): { readonly at: number; readonly length: number } {
  const values = [...SOUND.matchAll(/: (?=[^\s])([^\n,}]+)/g)];
  const match = values[dice.below(values.length)];
  return { at: (match?.index ?? 0) + 2, length: match?.[1]?.length ?? 0 };
}

function someKey(dice: Dice): { readonly at: number; readonly text: string } {
  const keys = [...SOUND.matchAll(/[A-Za-z]+(?=:)/g)];
  const match = keys[dice.below(keys.length)];
  return { at: match?.index ?? 0, text: match?.[0] ?? "version" };
}

function withLine(dice: Dice, change: (line: string) => string): string {
  const lines = SOUND.split("\n");
  const at = dice.below(lines.length - 1);
  return lines.map((line, index) => (index === at ? change(line) : line)).join("\n");
}

function bytesWith(dice: Dice, change: (bytes: number[], at: number) => void): Uint8Array {
  const bytes = [...new TextEncoder().encode(SOUND)];
  change(bytes, dice.below(bytes.length));
  return Uint8Array.from(bytes);
}

const BENDS: readonly (readonly [string, Bend])[] = [
  ["truncated", (dice) => SOUND.slice(0, 1 + dice.below(SOUND.length - 1))],
  [
    "byte-replaced",
    (dice) =>
      bytesWith(dice, (bytes, at) => {
        bytes[at] = dice.below(256);
      }),
  ],
  [
    "byte-inserted",
    (dice) =>
      bytesWith(dice, (bytes, at) => {
        bytes.splice(at, 0, dice.pick([0, 0xff, 0xc0, 0xed, 0x80, 0x1b, 0x7f, 0x09, 0x7b, 0x5d, 0x27]));
      }),
  ],
  [
    "byte-removed",
    (dice) =>
      bytesWith(dice, (bytes, at) => {
        bytes.splice(at, 1 + dice.below(3));
      }),
  ],
  [
    "character-inserted",
    (dice) =>
      splice(
        SOUND,
        dice.below(SOUND.length),
        0,
        dice.pick(["\u202e", "\ufeff", "\u0085", "\u2028", "\u200b", "é", "😀"]),
      ),
  ],
  [
    "value-replaced",
    (dice) => {
      const { at, length } = someValue(dice);
      return splice(SOUND, at, length, dice.pick(ODD_VALUES));
    },
  ],
  [
    "key-misspelt",
    (dice) => {
      const { at, text } = someKey(dice);
      return splice(SOUND, at + dice.below(text.length), 1, dice.pick(["", "x", "-", "_", " "]));
    },
  ],
  [
    "key-replaced",
    (dice) => {
      const { at, text } = someKey(dice);
      return splice(
        SOUND,
        at,
        text.length,
        dice.pick(["__proto__", "constructor", "<<", "{}", "[a]", "3", "null", "? a"]),
      );
    },
  ],
  ["line-twice", (dice) => withLine(dice, (line) => `${line}\n${line}`)],
  ["line-indented", (dice) => withLine(dice, (line) => dice.pick([" ", "\t", "   ", "    "]) + line)],
  ["line-unindented", (dice) => withLine(dice, (line) => line.replace(/^ {1,2}/, ""))],
  ["line-removed", (dice) => withLine(dice, () => "")],
  ["host-odd", (dice) => SOUND.replace("api.example.com", JSON.stringify(dice.pick(ODD_HOSTS)))],
  ["addition", (dice) => SOUND + dice.pick(ADDITIONS)],
  ["nested", (dice) => dice.pick(["[", "{", "- ", "{a: ", "? ", "[a, ["]).repeat(34 + dice.below(20_000))],
  ["nested-in-value", (dice) => `version: 1\nname: ${dice.pick(["[", "{"]).repeat(40 + dice.below(20_000))}`],
  ["huge", (dice) => `version: 1\nname: "${"x".repeat(1024 * 1024 + dice.below(100_000))}"\n`],
  ["noise", (dice) => Uint8Array.from({ length: 1 + dice.below(4000) }, () => dice.below(256))],
];

/**
 * `count` malformed policies. `isValid` says whether a bent policy happens to be still valid: those are left out.
 */
export async function malformedPolicies(
  seed: number,
  count: number,
  isValid: (bytes: Uint8Array) => Promise<boolean>,
): Promise<readonly MalformedPolicy[]> {
  const dice = new Dice(seed);
  const found: MalformedPolicy[] = [];
  for (let attempt = 0; found.length < count && attempt < count * 20; attempt++) {
    const [name, bend] = BENDS[attempt % BENDS.length] ?? ["sound", () => SOUND];
    const bent = bend(dice);
    const bytes = typeof bent === "string" ? new TextEncoder().encode(bent) : bent;
    if (!(await isValid(bytes))) found.push({ name: `${String(found.length).padStart(3, "0")}-${name}`, bytes });
  }
  return found;
}
