// One search for the beginnings of everything that is looked for: four bytes of each, hashed into one table, asked at every place of
// the text. Its time doesn't depend on how much is looked for. It finds beginnings only; what they begin is judged elsewhere.
import type { Variant } from "./encodings.js";

export interface Anchor<Target> extends Variant {
  readonly target: Target;
  /** Which four bytes of the literal are searched for. */
  readonly keyAt: number;
}

const KEY_BYTES = 4;
const TABLE_BITS = 17;
const FACTOR = 0x9e3779b1;
const SHIFT = 32 - TABLE_BITS;

/** How much is searched at once. */
export const SLICE_BYTES = 65_536;
/** How much of what went before can stay in view. */
export const KEPT_BYTES = 16_384;

export class AnchorTable<Target> {
  readonly #table = new Uint8Array(1 << TABLE_BITS);
  readonly #anchors = new Map<number, Anchor<Target>[]>();
  /** What is searched lies here: its own memory, for four bytes to be read at once. Never kept over a call. */
  readonly #words = new Int32Array((SLICE_BYTES + KEPT_BYTES) / 4 + 2);
  readonly window = Buffer.from(this.#words.buffer);

  add(variants: readonly Variant[], target: Target): void {
    for (const { literal, steps } of variants) {
      if (literal.length < KEY_BYTES) continue;
      const keyAt = keyPlace(literal);
      const key = literal.readInt32LE(keyAt);
      const hash = Math.imul(key, FACTOR);
      this.#table[hash >>> SHIFT] = (this.#table[hash >>> SHIFT] ?? 0) | markOf(hash);
      const anchor = { literal, steps, target, keyAt };
      const others = this.#anchors.get(key);
      if (others === undefined) this.#anchors.set(key, [anchor]);
      else others.push(anchor);
    }
  }

  /** Calls `visit` for each key that begins in the window from `from` on and is whole before `end`. */
  search(from: number, end: number, visit: (at: number, anchors: readonly Anchor<Target>[]) => void): void {
    const [words, table] = [this.#words, this.#table];
    const last = end - KEY_BYTES;
    const lastIndex = last >> 2;
    let next = words[from >> 2] ?? 0;
    for (let index = from >> 2; index <= lastIndex; index++) {
      const word = next;
      next = words[index + 1] ?? 0;
      // Four places at once; nearly always nothing is marked at any of them.
      const first = Math.imul(word, FACTOR);
      const second = Math.imul((word >>> 8) | (next << 24), FACTOR);
      const third = Math.imul((word >>> 16) | (next << 16), FACTOR);
      const fourth = Math.imul((word >>> 24) | (next << 8), FACTOR);
      const any =
        ((table[first >>> SHIFT] ?? 0) & markOf(first)) |
        ((table[second >>> SHIFT] ?? 0) & markOf(second)) |
        ((table[third >>> SHIFT] ?? 0) & markOf(third)) |
        ((table[fourth >>> SHIFT] ?? 0) & markOf(fourth));
      if (any === 0) continue;
      for (let at = Math.max(from, index << 2); at < (index + 1) << 2 && at <= last; at++) this.#visit(at, visit);
    }
  }

  #visit(at: number, visit: (at: number, anchors: readonly Anchor<Target>[]) => void): void {
    const [bytes, table] = [this.window, this.#table];
    const [first = 0, second = 0, third = 0, fourth = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    const key = first | (second << 8) | (third << 16) | (fourth << 24);
    const hash = Math.imul(key, FACTOR);
    if (((table[hash >>> SHIFT] ?? 0) & markOf(hash)) === 0) return;
    const anchors = this.#anchors.get(key);
    if (anchors !== undefined) visit(at, anchors);
  }
}

/** One of eight bits by other bits of the hash than those of the place, so that few that share a place share it too. */
function markOf(hash: number): number {
  return 1 << ((hash >>> 8) & 7);
}

/** The four bytes with the fewest repetitions: `-BEG` and not `----`, which stands in every document. */
function keyPlace(literal: Buffer): number {
  let [best, place] = [0, 0];
  for (let at = 0; at <= Math.min(literal.length - KEY_BYTES, 12); at++) {
    const distinct = new Set(literal.subarray(at, at + KEY_BYTES)).size;
    if (distinct > best) [best, place] = [distinct, at];
  }
  return place;
}
