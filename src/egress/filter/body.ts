// One body on its way out: what of it may leave, and what was found in it. In block mode no secret leaves whole, and none that was found
// leaves further than its first few bytes; in the other modes nothing waits.
import type { FilterMode } from "./filter.js";
import { Inflater, type Packing } from "./inflate.js";
import { Layer, NOTHING_HELD, type Outcome, type Search } from "./layer.js";

export const UNREADABLE = "a body in an encoding that can't be read";
export const BOMB = "a body that unpacks to far more than its size";
export const ENDLESS = "a body that can't be looked through piece by piece";

/** What `Content-Encoding` says; `unreadable` if Cordon can't take it off. */
export type Encodings = readonly ("gzip" | "deflate" | "br")[] | "unreadable";

const DEPTH = { escapes: 2, packs: 2 };
const SLICE_BYTES = 65_536;
/** More never waits: whoever makes it wait longer does so on purpose. */
const MAX_HELD_BYTES = 512 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

export class Body {
  readonly #raw: Layer;
  readonly #decoder: Decoder | undefined;
  readonly #block: boolean;
  #held: Buffer[] = [];
  /** Places in the body: of the first held byte, and after the last that came. */
  #heldFrom = 0;
  #read = 0;
  #told = new Set<string>();
  /** In block mode: the end of it all. */
  #stopped: string | undefined;

  constructor(search: Search, encodings: Encodings, mode: FilterMode) {
    const encoded = encodings === "unreadable" || encodings.length > 0;
    // What is declared to be packed is unpacked by the decoder.
    this.#raw = new Layer(encoded ? { ...search, unpack: false } : search, DEPTH, true);
    this.#decoder = encoded ? new Decoder(search, encodings, mode !== "glance") : undefined;
    this.#block = mode === "block";
  }

  push(chunk: Buffer): { readonly pass: Buffer; readonly found?: string } {
    const passed: Buffer[] = [];
    const found: string[] = [];
    for (let from = 0; from < chunk.length && this.#stopped === undefined; from += SLICE_BYTES) {
      const slice = chunk.subarray(from, from + SLICE_BYTES);
      const { pass, found: first } = this.#take(slice, false);
      passed.push(pass);
      if (first !== undefined) found.push(first);
    }
    return this.#answer(passed, found);
  }

  end(): { readonly pass: Buffer; readonly found?: string } {
    if (this.#stopped !== undefined) return this.#answer([], []);
    const { pass, found } = this.#take(NOTHING, true);
    return this.#answer([pass], found === undefined ? [] : [found]);
  }

  #answer(passed: readonly Buffer[], found: readonly string[]): { readonly pass: Buffer; readonly found?: string } {
    if (this.#stopped !== undefined) return { pass: NOTHING, found: this.#stopped };
    const [only] = passed;
    const pass = passed.length === 1 && only !== undefined ? only : Buffer.concat(passed);
    return found[0] === undefined ? { pass } : { pass, found: found[0] };
  }

  #take(slice: Buffer, final: boolean): { readonly pass: Buffer; readonly found?: string } {
    const outcome = this.#look(slice, final);
    this.#read += slice.length;
    const news = outcome.found.filter((what) => !this.#told.has(what));
    for (const what of news) this.#told.add(what);
    const found = news[0] === undefined ? {} : { found: news[0] };
    if (!this.#block) return { pass: slice, ...found };
    this.#held.push(slice);
    const pass = this.#release(Math.min(this.#read, outcome.holdFrom));
    this.#stopped ??= news[0] ?? (this.#read - this.#heldFrom > MAX_HELD_BYTES ? ENDLESS : undefined);
    if (this.#stopped !== undefined) this.#held = [];
    return { pass, ...found };
  }

  #look(slice: Buffer, final: boolean): Outcome {
    try {
      const raw = this.#raw.push(slice, this.#read, final);
      const decoded = this.#decoder?.push(slice, this.#read, final);
      if (decoded === undefined) return raw;
      return { found: [...raw.found, ...decoded.found], holdFrom: Math.min(raw.holdFrom, decoded.holdFrom) };
    } catch {
      // SECURITY(T31): a fault of ours is a finding, never a way out.
      return { found: ["a body that made the content filter fail"], holdFrom: this.#read };
    }
  }

  /** The held bytes up to a place of the body. */
  #release(upTo: number): Buffer {
    const parts: Buffer[] = [];
    while (this.#heldFrom < upTo) {
      const [first = NOTHING, ...rest] = this.#held;
      const count = Math.min(first.length, upTo - this.#heldFrom);
      parts.push(first.subarray(0, count));
      this.#heldFrom += count;
      this.#held = count < first.length ? [first.subarray(count), ...rest] : rest;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}

/** Takes the declared encodings off, the last first, and reads what comes out. */
class Decoder {
  readonly #encodings: Encodings;
  readonly #layer: Layer;
  readonly #strict: boolean;
  #inflaters: readonly Inflater[] | undefined;
  #failed: string | undefined;

  /** `strict`: what can't be read is a finding. */
  constructor(search: Search, encodings: Encodings, strict: boolean) {
    this.#encodings = encodings;
    this.#strict = strict;
    this.#layer = new Layer(search, DEPTH);
    if (encodings === "unreadable") this.#failed = UNREADABLE;
  }

  push(slice: Buffer, body: number, final: boolean): Outcome {
    if (slice.length === 0 && !final) return { found: [], holdFrom: NOTHING_HELD };
    const nothingCame = slice.length === 0 && this.#inflaters === undefined;
    const bytes = this.#failed === undefined ? this.#unpack(slice) : NOTHING;
    const outcome = this.#layer.push(bytes, body, final);
    if (this.#failed === undefined || nothingCame || !this.#strict) return outcome;
    return { found: [...outcome.found, this.#failed], holdFrom: outcome.holdFrom };
  }

  #unpack(slice: Buffer): Buffer {
    let bytes = slice;
    this.#inflaters ??= this.#open(slice);
    for (const inflater of this.#inflaters) {
      const step = inflater.push(bytes);
      if (!step.ok || step.taken < bytes.length) {
        // Bytes after the end of the packed ones: whoever reads them reads something else than Cordon does.
        this.#failed = !step.ok && step.why === "bomb" ? BOMB : UNREADABLE;
        return step.ok ? step.bytes : NOTHING;
      }
      bytes = step.bytes;
    }
    return bytes;
  }

  #open(first: Buffer): readonly Inflater[] {
    if (this.#encodings === "unreadable" || first.length === 0) return [];
    return this.#encodings.toReversed().map((encoding, index) => new Inflater(packingOf(encoding, first, index)));
  }
}

/** `deflate` is zlib's format by the standard and raw in some programs; the first byte tells. */
function packingOf(encoding: "gzip" | "deflate" | "br", first: Buffer, index: number): Packing {
  if (encoding !== "deflate") return encoding;
  return index === 0 && ((first[0] ?? 0) & 0x0f) !== 8 ? "raw" : "zlib";
}
