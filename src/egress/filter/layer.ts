// One reading of a body: its bytes as they came, or with escapes taken off, or unpacked. It searches what comes, keeps in view what could
// still become a secret, and hands what it reads on to the readings below it. Its memory doesn't grow with the body.
import { type Anchor, type AnchorTable, KEPT_BYTES, SLICE_BYTES } from "./anchors.js";
import { judge, type Target } from "./judge.js";
import type { Patterns, PatternWindow } from "./patterns.js";
import { Unescape } from "./unescape.js";
import { makeUnpacker, type Unpacker } from "./unpack.js";

export interface Search {
  readonly table: AnchorTable<Target>;
  readonly patterns: Patterns | undefined;
  /** Only exact secrets and patterns count, or formats less those that are usual in addresses. */
  readonly only?: "exact" | "url";
  /** Names of exact texts that may be there. */
  readonly exempt?: ReadonlySet<string>;
  /** Whether packed data is looked into. */
  readonly unpack: boolean;
}

/** What a reading says after each chunk. */
export interface Outcome {
  readonly found: readonly string[];
  /** Bytes of the body from here on could still become part of a secret; counted in the body's own bytes. */
  readonly holdFrom: number;
}

export interface Depth {
  /** Levels of escapes that may still be taken off. */
  readonly escapes: number;
  /** Levels of packed data that may still be opened. */
  readonly packs: number;
}

const LOOKBACK_BYTES = 256;
/** Packed data that is being unpacked at once, and that may begin in one slice. */
const MAX_CHILDREN = 4;
const MAX_BEGINNINGS = 128;
export const NOTHING_HELD = Number.POSITIVE_INFINITY;

interface Mark {
  /** A place in this reading. */
  readonly at: number;
  /** The place in the body that it came from, or one before. */
  readonly body: number;
}

interface Child {
  readonly unpacker: Unpacker;
  readonly layer: Layer;
}

export class Layer {
  readonly #search: Search;
  readonly #depth: Depth;
  readonly #exact: boolean;
  readonly #patterns: PatternWindow | undefined;
  #tail: Buffer = Buffer.alloc(0);
  /** Where in the reading the tail begins. */
  #base = 0;
  /** Where in the tail the search goes on. */
  #from = 0;
  /** Packed data that begins before this place of the reading was seen. */
  #opened = 0;
  #marks: Mark[] = [];
  #below: { readonly reader: Unescape; readonly layer: Layer } | undefined;
  #children: Child[] = [];

  /** `exact`: this reading's bytes are the body's own, one to one. */
  constructor(search: Search, depth: Depth, exact = false) {
    this.#search = search;
    this.#depth = depth;
    this.#exact = exact;
    this.#patterns = search.patterns?.open();
  }

  /** Reads what came at `body` in the body. */
  push(chunk: Buffer, body: number, final: boolean): Outcome {
    const found = new Set<string>();
    let holdFrom = NOTHING_HELD;
    for (let from = 0; from === 0 || from < chunk.length; from += SLICE_BYTES) {
      const slice = chunk.subarray(from, from + SLICE_BYTES);
      const last = from + SLICE_BYTES >= chunk.length;
      const outcome = this.#pushSlice(slice, this.#exact ? body + from : body, final && last);
      for (const what of outcome.found) found.add(what);
      holdFrom = outcome.holdFrom;
    }
    return { found: [...found], holdFrom };
  }

  #pushSlice(slice: Buffer, body: number, final: boolean): Outcome {
    const at = this.#base + this.#tail.length;
    if (this.#marks.length === 0 || (!this.#exact && this.#marks.at(-1)?.at !== at)) this.#marks.push({ at, body });
    const tail = this.#tail;
    const scan = this.#scan(slice, final);
    const found = new Set(scan.found);
    let holdFrom = scan.pending === undefined ? NOTHING_HELD : this.#bodyOf(scan.pending);
    const take = (outcome: Outcome) => {
      for (const what of outcome.found) found.add(what);
      holdFrom = Math.min(holdFrom, outcome.holdFrom);
    };
    if (this.#patterns !== undefined) {
      const outcome = this.#patterns.push(slice, final);
      take({
        found: outcome.found,
        holdFrom: outcome.pending === undefined ? NOTHING_HELD : this.#bodyOf(outcome.pending),
      });
    }
    take(this.#pushBelow(tail, slice, { body, final }));
    for (const child of [...this.#children]) take(this.#pushChild(child, slice, { body, final }));
    for (const packed of scan.packed) take(this.#openChild({ ...packed, seen: scan.seen }, body, final));
    this.#forgetMarks();
    return { found: [...found], holdFrom };
  }

  /** Searches the slice and what is still in view of those before. */
  #scan(slice: Buffer, final: boolean) {
    const { table } = this.#search;
    const { window } = table;
    this.#tail.copy(window);
    slice.copy(window, this.#tail.length);
    const end = this.#tail.length + slice.length;
    const found: string[] = [];
    const packed: { readonly anchor: Anchor<Target>; readonly at: number }[] = [];
    let [pending, next] = [end, Math.max(this.#from, end - 3)];
    table.search(this.#from, end, (at, anchors) => {
      for (const anchor of anchors) {
        const start = at - anchor.keyAt;
        if (!this.#counts(anchor.target)) continue;
        const judgement = judge({ window, end, final }, start, anchor);
        if (judgement === "more") [pending, next] = [Math.min(pending, start), Math.min(next, at)];
        if (judgement !== "yes") continue;
        if (anchor.target.kind !== "packed") found.push(whatOf(anchor.target));
        else if (packed.length < MAX_BEGINNINGS && this.#isNew(start)) packed.push({ anchor, at: start });
      }
    });
    // The window is another reading's by the time that this is unpacked.
    const seen = packed.length === 0 ? slice : Buffer.from(window.subarray(0, end));
    const keep = Math.max(0, end - KEPT_BYTES, Math.min(pending, next) - LOOKBACK_BYTES);
    const held = pending < end && !final ? this.#base + pending : undefined;
    this.#tail = Buffer.from(window.subarray(keep, end));
    this.#base += keep;
    this.#from = Math.max(0, next - keep);
    return { found, packed, seen, pending: held };
  }

  #counts(target: Target): boolean {
    const { only, unpack, exempt } = this.#search;
    if (target.kind === "exact" && target.exempt !== undefined && exempt?.has(target.exempt) === true) return false;
    if (target.kind === "packed") return unpack && this.#depth.packs > 0;
    if (target.kind === "exact" || only === undefined) return true;
    return only === "url" && target.format.usualInUrl !== true;
  }

  #isNew(start: number): boolean {
    const place = this.#base + start;
    if (place < this.#opened) return false;
    this.#opened = place + 1;
    return true;
  }

  /** The reading with one level of escapes less begins with the first escape. */
  #pushBelow(tail: Buffer, slice: Buffer, now: { readonly body: number; readonly final: boolean }): Outcome {
    if (this.#depth.escapes === 0) return { found: [], holdFrom: NOTHING_HELD };
    if (this.#below !== undefined) {
      return this.#below.layer.push(this.#below.reader.push(slice, now.final), now.body, now.final);
    }
    const reader = new Unescape();
    const input = tail.length === 0 ? slice : Buffer.concat([tail, slice]);
    const output = reader.push(input, now.final);
    if (output.length === input.length) return { found: [], holdFrom: NOTHING_HELD };
    const layer = new Layer(this.#search, { ...this.#depth, escapes: this.#depth.escapes - 1 });
    this.#below = { reader, layer };
    return layer.push(output, Math.min(now.body, this.#marks[0]?.body ?? now.body), now.final);
  }

  #openChild(
    packed: { readonly anchor: Anchor<Target>; readonly at: number; readonly seen: Buffer },
    body: number,
    final: boolean,
  ): Outcome {
    const { anchor, at, seen } = packed;
    const opened = anchor.target.kind === "packed" ? makeUnpacker(anchor.target.packing, anchor.steps, at) : undefined;
    if (opened === undefined || this.#children.length >= MAX_CHILDREN) return { found: [], holdFrom: NOTHING_HELD };
    const depth = { ...this.#depth, packs: this.#depth.packs - 1, escapes: Math.min(1, this.#depth.escapes) };
    const child = { unpacker: opened.unpacker, layer: new Layer(this.#search, depth) };
    this.#children.push(child);
    return this.#pushChild(child, seen.subarray(opened.from), { body, final });
  }

  #pushChild(
    child: Child,
    bytes: Buffer,
    { body, final }: { readonly body: number; readonly final: boolean },
  ): Outcome {
    const unpacked = child.unpacker.push(bytes);
    const over = final || child.unpacker.over;
    if (over) this.#children = this.#children.filter((each) => each !== child);
    return child.layer.push(unpacked, body, over);
  }

  #bodyOf(place: number): number {
    const mark = this.#marks.findLast(({ at }) => at <= place) ?? this.#marks[0];
    if (mark === undefined) return 0;
    return this.#exact ? mark.body + place - mark.at : mark.body;
  }

  #forgetMarks(): void {
    if (this.#exact) return;
    const oldest = Math.min(this.#base, this.#patterns?.base ?? this.#base);
    while ((this.#marks[1]?.at ?? NOTHING_HELD) <= oldest) this.#marks.shift();
  }
}

function whatOf(target: Exclude<Target, { kind: "packed" }>): string {
  return target.kind === "exact" ? target.what : target.format.what;
}
