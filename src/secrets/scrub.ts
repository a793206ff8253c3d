// Takes keys out of what comes back from a server: wherever one stands, what stands for it inside takes its place. Bytes pass at once, but
// for an end that could be the beginning of a key. It must never let a whole key through, however it is cut into pieces.
import type { Reflection } from "./reflections.js";
import type { ByteStream } from "./types.js";

const NOTHING: Buffer = Buffer.alloc(0);
/** So few bytes of a key's beginning don't wait for more: a message that happens to end like this would wait for ever. */
const LET_GO = 3;

export function scrubText(text: string, reflections: readonly Reflection[]): string {
  const bytes = Buffer.from(text, "latin1");
  return replaceAll(bytes, reflections, 0) ? bytes.toString("latin1") : text;
}

export class Scrub implements ByteStream {
  readonly #reflections: readonly Reflection[];
  readonly #keep: number;
  /** The last bytes that came: those before `#sent` have gone on already. */
  #window: Buffer = NOTHING;
  #sent = 0;

  constructor(reflections: readonly Reflection[]) {
    this.#reflections = reflections;
    this.#keep = Math.max(0, ...reflections.map(({ real }) => real.length - 1));
  }

  push(chunk: Buffer): Buffer {
    if (chunk.length === 0 || this.#reflections.length === 0) return chunk;
    const window = Buffer.concat([this.#window, chunk]);
    // What went on before was the part that is the same, or too little to be a key.
    replaceAll(window, this.#reflections, this.#sent);
    const end = window.length - this.#held(window);
    const passed = window.subarray(this.#sent, Math.max(this.#sent, end));
    const from = Math.max(0, window.length - this.#keep);
    this.#window = Buffer.from(window.subarray(from));
    this.#sent = Math.max(this.#sent, end) - from;
    return passed;
  }

  end(): Buffer {
    const rest = this.#window.subarray(Math.max(0, this.#sent));
    this.#window = NOTHING;
    this.#sent = 0;
    return rest;
  }

  /** How many of the last bytes could be the beginning of a key. */
  #held(window: Buffer): number {
    const last = window.at(-1);
    let held = 0;
    for (const { real, common } of this.#reflections) {
      const free = Math.max(common, LET_GO);
      for (let length = Math.min(real.length - 1, window.length); length > Math.max(free, held); length--) {
        if (real[length - 1] !== last) continue;
        if (real.compare(window, window.length - length, window.length, 0, length) === 0) held = length;
      }
    }
    return held;
  }
}

/** In place, since what replaces has the same length. False: nothing was there. Bytes before `from` are only looked at. */
function replaceAll(bytes: Buffer, reflections: readonly Reflection[], from: number): boolean {
  let found = false;
  for (const { real, shown } of reflections) {
    for (let at = bytes.indexOf(real); at >= 0; at = bytes.indexOf(real, at + 1)) {
      found = true;
      const skip = Math.max(0, from - at);
      shown.copy(bytes, at + skip, skip);
    }
  }
  return found;
}
