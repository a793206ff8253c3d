// What happened to a record whose lines don't all fit: which line was changed, is missing, was added or moved. Pure.
//
// Lines are taken in the order of the file. One that doesn't follow the last accepted line is passed over when a later one does (it was
// added or moved here); else it is accepted, and what lies between was changed or is missing.
import { genesis, hashOf } from "./format.js";
import type { Mark, Segment, Walk } from "./walk.js";

export interface Finding {
  readonly kind: "changed" | "missing" | "added" | "reordered" | "signature" | "cut" | "gone";
  /** Lines of the whole record, from 1: the place, or the line after which something is missing. */
  readonly line: number;
  readonly toLine?: number;
  readonly seq?: number;
  readonly toSeq?: number;
  readonly message: string;
}

/** Where lines with these hashes stand; looked up only for a record that is wrong. */
export type Locate = (hashes: ReadonlySet<string>) => ReadonlyMap<string, number>;

/** How far the lines are accepted. */
interface Accepted {
  readonly line: number;
  readonly hash: string;
  readonly lastSeq: number;
  readonly suspect: boolean;
  readonly shift: number;
}

export function diagnose(walk: Walk, locate: Locate): readonly Finding[] {
  if (walk.intact) return [];
  const findings = [...new Diagnosis(walk, locate).findings(), ...signatureFindings(walk)];
  for (const { line, seq, message } of walk.oddities) {
    const text = `line ${line} was changed: ${message}`;
    findings.push({ kind: "changed", line, ...(seq === undefined ? {} : { seq }), message: text });
  }
  if (walk.overflowed)
    findings.push({ kind: "changed", line: walk.lines, message: "so much is wrong that the rest isn't listed" });
  return findings.toSorted((a, b) => a.line - b.line);
}

class Diagnosis {
  readonly #walk: Walk;
  readonly #places: ReadonlyMap<string, number>;
  readonly #claimed = new Map<string, number>();
  readonly #found: Finding[] = [];
  #skipped: Segment[] = [];
  #accepted: Accepted;

  constructor(walk: Walk, locate: Locate) {
    this.#walk = walk;
    const claims = walk.segments.flatMap(({ claim }) => claim ?? []);
    this.#places = walk.segments.length > 1 ? locate(new Set(claims)) : new Map();
    for (const { claim, from } of walk.segments) if (claim !== undefined) this.#claimed.set(claim, from);
    this.#accepted = { line: 0, hash: genesis(walk.run), lastSeq: 0, suspect: false, shift: 0 };
  }

  findings(): readonly Finding[] {
    const { segments } = this.#walk;
    for (const [index, segment] of segments.entries()) {
      this.#takeSkipped(segment.from);
      if (segment.claim !== this.#accepted.hash) {
        if (this.#isClaimedAfter(segment.from)) {
          this.#skipped.push(segment);
          continue;
        }
        this.#explain(segment, segments[index + 1]);
      }
      this.#accept(segment);
    }
    this.#takeSkipped(Number.POSITIVE_INFINITY);
    for (const { from, to } of this.#skipped) this.#add("added", from, to);
    return this.#found;
  }

  /** A line further on follows the last accepted one. */
  #isClaimedAfter(line: number): boolean {
    return (this.#claimed.get(this.#accepted.hash) ?? 0) > line;
  }

  /** Lines that were passed over and whose place this is. */
  #takeSkipped(before: number): void {
    for (;;) {
      if (this.#isClaimedAfter(before - 1)) return;
      const found = this.#skipped.find(({ claim }) => claim === this.#accepted.hash);
      if (found === undefined) return;
      this.#skipped = this.#skipped.filter((one) => one !== found);
      this.#add("reordered", found.from, found.to, `belongs after line ${this.#accepted.line}`);
      this.#accepted = { ...this.#accepted, hash: found.lastHash, lastSeq: found.lastSeq, suspect: found.lastSuspect };
    }
  }

  #accept(segment: Segment): void {
    this.#accepted = {
      line: segment.to,
      hash: segment.lastHash,
      lastSeq: segment.lastSeq,
      suspect: segment.lastSuspect,
      shift: segment.shift ?? this.#accepted.shift,
    };
  }

  /** Why an accepted line doesn't follow the one accepted before it. */
  #explain(segment: Segment, next: Segment | undefined): void {
    const { line, lastSeq, suspect, shift } = this.#accepted;
    const place = segment.claim === undefined ? undefined : this.#places.get(segment.claim);
    if (place !== undefined && place < line) {
      this.#add("added", place + 1, line);
      return;
    }
    if (segment.claim === undefined || segment.startSeq === undefined) {
      this.#found.push({
        kind: "changed",
        line: segment.from,
        message: `line ${segment.from} isn't a line of a record`,
      });
      return;
    }
    const missing = segment.startSeq - lastSeq;
    const lines = segment.shift === undefined ? undefined : segment.shift - shift;
    if (missing > 0 && !(suspect && missing === 1)) this.#miss(line, lastSeq + 1, segment.startSeq);
    else if (suspect) return;
    else if (missing === 0 && lines !== undefined && lines > 0) this.#miss(line, undefined, undefined);
    else this.#changed(segment, next);
  }

  #changed(segment: Segment, next: Segment | undefined): void {
    const { line, hash } = this.#accepted;
    const alone = segment.from === segment.to && segment.firstSignature !== "good";
    if (!alone && line > 0) {
      this.#add("changed", line, line);
      return;
    }
    // A line of its own: its own hash of the line before may be all that was changed, and the line after it tells.
    const own =
      segment.firstSignature !== undefined ||
      (next?.claim !== undefined && hashOf(withPrev(segment.firstBytes, hash)) === next.claim);
    const from = own || line === 0 ? segment.from : line;
    this.#add("changed", from, segment.from);
    segment.lastSuspect = true;
  }

  #miss(line: number, seq: number | undefined, toSeq: number | undefined): void {
    const where = line === 0 ? "at the beginning" : `after line ${line}`;
    if (seq === undefined || toSeq === undefined) {
      this.#found.push({ kind: "missing", line, message: `a checkpoint is missing ${where}` });
      return;
    }
    const what = seq === toSeq ? `event ${seq} is missing` : `events ${seq} to ${toSeq} are missing`;
    this.#found.push({ kind: "missing", line, seq, toSeq, message: `${what} ${where}` });
  }

  #add(kind: "added" | "reordered" | "changed", line: number, toLine: number, more = ""): void {
    const verb = { added: "added", reordered: "moved", changed: "changed" }[kind];
    const subject = line === toLine ? `line ${line} was ${verb}` : `lines ${line} to ${toLine} were ${verb}`;
    const message = more === "" ? subject : `${subject}: ${more}`;
    this.#found.push({ kind, line, ...(line === toLine ? {} : { toLine }), message });
  }
}

function withPrev(bytes: Buffer, hash: string): Buffer {
  return Buffer.from(bytes.toString("latin1").replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${hash}"`), "latin1");
}

/** A chain that fits, under signatures that don't: it was written anew. Only the first is told; all after it fail as well. */
function signatureFindings(walk: Walk): readonly Finding[] {
  const ends = new Set(walk.segments.slice(0, -1).map(({ to }) => to));
  // What the chain itself shows to be changed needs no second word.
  const marks = walk.unsigned.filter(({ line }) => !ends.has(line));
  const [first] = marks;
  if (first === undefined) return [];
  // The ledger's copy of this very line fits what stands before it: only the line itself was changed.
  if (walk.known?.fitsBefore === true && !walk.known.same && first.line === walk.knownLine)
    return [{ kind: "changed", line: first.line, message: `line ${first.line} was changed` }];
  const since = (walk.proven?.line ?? 0) + 1;
  return [
    { kind: "signature", line: since, toLine: first.line, seq: first.checkpoint.seq, message: wordsOf(first, since) },
  ];
}

function wordsOf({ line, signature, checkpoint }: Mark, since: number): string {
  if (signature === "unknown-key")
    return `the checkpoint in line ${line} is signed with a key that isn't known here: ${checkpoint.key}`;
  return since === line
    ? `the checkpoint in line ${line} has a signature that doesn't fit`
    : `lines ${since} to ${line} were written anew: the signature in line ${line} doesn't fit`;
}
