// One pass over a record's lines, in order: follows the chain, counts, checks signatures, and cuts the lines into runs of lines that
// fit each other. What a cut means is diagnose.ts. It must never trust a number that a line gives of itself.
import type { SignatureChecker, SignatureState } from "./checkpoint.js";
import { type Checkpoint, type Gap, genesis, hashOf, type Line, parseLine } from "./format.js";

/** Lines that follow each other in the chain without a fault. */
export interface Segment {
  readonly from: number;
  to: number;
  /** What its first line names as the hash before it; undefined when that line can't be read. */
  readonly claim: string | undefined;
  readonly firstBytes: Buffer;
  /** When its first line is a checkpoint: what its signature says. */
  firstSignature: SignatureState | undefined;
  lastHash: string;
  /** The event before its first line, and the last one in it, by its own numbers. */
  readonly startSeq: number | undefined;
  lastSeq: number;
  /** Its last line can't be right, whatever follows. */
  lastSuspect: boolean;
  /** By how much its first good checkpoint says that its lines are further on than they are. */
  shift: number | undefined;
}

export interface Mark {
  readonly line: number;
  readonly checkpoint: Checkpoint;
  readonly signature: SignatureState;
  readonly text: string;
}

export interface Oddity {
  readonly line: number;
  readonly seq?: number;
  readonly message: string;
}

/** A line of the record that somebody has a copy of. */
export interface KnownLine {
  readonly line: number;
  readonly text: string;
  readonly prev: string;
}

/** More breaks than this aren't told apart. */
const MAX_SEGMENTS = 2000;
const MAX_ODDITIES = 1000;

export class Walk {
  readonly run: string;
  readonly segments: Segment[] = [];
  /** Lines that are wrong although they fit the chain. */
  readonly oddities: Oddity[] = [];
  readonly gaps: Gap[] = [];
  /** Checkpoints whose signature isn't good. */
  readonly unsigned: Mark[] = [];
  /** The last good checkpoint before anything was wrong. */
  proven: Mark | undefined;
  final: Mark | undefined;
  lines = 0;
  events = 0;
  lastSeq = 0;
  /** Too much is wrong to tell more. */
  overflowed = false;
  readonly #checker: SignatureChecker;
  readonly #known: KnownLine | undefined;
  /** How the line that is known from elsewhere stands here. */
  known: { readonly same: boolean; readonly fitsBefore: boolean } | undefined;
  #hash: string;
  #breaks = 0;
  #part = 0;
  #partBegins = false;
  #partEnded = false;

  constructor(run: string, checker: SignatureChecker, known?: KnownLine) {
    this.run = run;
    this.#checker = checker;
    this.#known = known;
    this.#hash = genesis(run);
  }

  get intact(): boolean {
    return this.#breaks === 0 && this.oddities.length === 0 && this.unsigned.length === 0 && !this.overflowed;
  }

  get knownLine(): number | undefined {
    return this.#known?.line;
  }

  beginPart(part: number): void {
    if (part > 0 && !this.#partEnded) this.#odd({ message: "another file follows, but this one wasn't ended" });
    this.#part = part;
    this.#partBegins = part > 0;
    this.#partEnded = false;
  }

  push(bytes: Buffer): void {
    this.lines += 1;
    const line = parseLine(bytes);
    const hash = hashOf(bytes);
    const linked = line?.prev === this.#hash;
    if (!linked || this.segments.length === 0) this.#begin(bytes, line, linked);
    if (this.lines === this.#known?.line)
      this.known = { same: this.#known.text === bytes.toString("latin1"), fitsBefore: this.#known.prev === this.#hash };
    this.#hash = hash;
    const segment = this.segments.at(-1);
    if (segment === undefined) return;
    segment.to = this.lines;
    segment.lastHash = hash;
    segment.lastSuspect = line === undefined;
    if (line !== undefined) this.#judge(line, bytes, segment);
    this.#partBegins = false;
    this.lastSeq = segment.lastSeq;
  }

  #begin(bytes: Buffer, line: Line | undefined, linked: boolean): void {
    if (!linked) this.#breaks += 1;
    if (this.segments.length >= MAX_SEGMENTS) {
      this.overflowed = true;
      return;
    }
    const startSeq = line === undefined ? undefined : seqBefore(line);
    this.segments.push({
      from: this.lines,
      to: this.lines,
      claim: line?.prev,
      firstBytes: Buffer.from(bytes),
      firstSignature: undefined,
      lastHash: "",
      startSeq,
      lastSeq: (linked ? 0 : startSeq) ?? this.lastSeq,
      lastSuspect: false,
      shift: undefined,
    });
  }

  #judge(line: Line, bytes: Buffer, segment: Segment): void {
    if (line.run !== this.run) this.#odd({ message: `it belongs to the run ${line.run}` }, segment);
    if (this.final !== undefined) this.#odd({ message: "it was added after the end of the record" }, segment);
    if (this.#partEnded) this.#odd({ message: "it was added after the end of the file" }, segment);
    const begins = line.kind === "checkpoint" && line.checkpoint.reason === "part";
    if (this.#partBegins !== begins)
      this.#odd({ message: begins ? "it begins a file in the middle of one" : "it isn't how a file begins" }, segment);
    if (line.kind === "event") this.#onEvent(line.seq, segment);
    else if (line.kind === "gap") this.#onGap(line.gap, segment);
    else this.#onCheckpoint(line, bytes, segment);
  }

  #onEvent(seq: number, segment: Segment): void {
    this.events += 1;
    const expected = segment.lastSeq + 1;
    segment.lastSeq = expected;
    if (seq !== expected) this.#odd({ seq, message: `its number is ${seq}, where ${expected} comes` }, segment);
  }

  #onGap(gap: Gap, segment: Segment): void {
    this.gaps.push(gap);
    const expected = segment.lastSeq + 1;
    if (gap.from !== expected)
      this.#odd({ message: `the gap begins at ${gap.from}, where ${expected} comes` }, segment);
    segment.lastSeq = gap.to ?? segment.lastSeq;
  }

  #onCheckpoint(line: Extract<Line, { kind: "checkpoint" }>, bytes: Buffer, segment: Segment): void {
    const { checkpoint } = line;
    const mark = { line: this.lines, checkpoint, signature: this.#checker.check(line), text: bytes.toString("latin1") };
    if (segment.from === this.lines) segment.firstSignature = mark.signature;
    if (checkpoint.reason === "rotation") this.#partEnded = true;
    if (mark.signature !== "good") {
      if (this.unsigned.length < MAX_ODDITIES) this.unsigned.push(mark);
      return;
    }
    if (checkpoint.reason === "pruned") this.#odd({ message: "it belongs into the ledger" }, segment);
    if (checkpoint.reason === "exit") this.final = mark;
    segment.shift ??= checkpoint.line - this.lines;
    const fits = checkpoint.seq === segment.lastSeq && checkpoint.line - this.lines === segment.shift;
    if (!fits || checkpoint.part !== this.#part)
      this.#odd({ message: "what it counts isn't what stands before it" }, segment);
    else if (this.#breaks === 0 && segment.shift !== 0)
      this.#odd({ message: "what it counts isn't what stands before it" }, segment);
    if (this.intact) this.proven = mark;
  }

  #odd(oddity: Omit<Oddity, "line">, segment?: Segment): void {
    if (segment !== undefined) segment.lastSuspect = true;
    if (this.oddities.length < MAX_ODDITIES) this.oddities.push({ line: this.lines, ...oddity });
    else this.overflowed = true;
  }
}

function seqBefore(line: Line): number {
  if (line.kind === "event") return line.seq - 1;
  return line.kind === "gap" ? line.gap.from - 1 : line.checkpoint.seq;
}
