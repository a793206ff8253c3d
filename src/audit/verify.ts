// Is a run's record as it was written? Reads its files in order, follows the chain, holds it against the signatures and the ledger, and
// says what it proves and what it doesn't. Only reads.
import { posix } from "node:path";
import type { SignatureChecker } from "./checkpoint.js";
import { diagnose, type Finding } from "./diagnose.js";
import { type Gap, hashOf, isJson } from "./format.js";
import type { LedgerEntry } from "./ledger.js";
import { readLines } from "./lines.js";
import { type RecordPart, type RunRecord, recordName } from "./store.js";
import { Walk } from "./walk.js";

/** A finding with the file and the line in it. */
export interface Located extends Finding {
  readonly file: string;
  readonly fileLine: number;
}

export interface PartReport {
  readonly file: string;
  readonly part: number;
  readonly lines: number;
}

export interface RunReport {
  readonly run: string;
  readonly files: readonly PartReport[];
  /**
   * `finished`: whole, to the last checkpoint. `running`: its writer lives. `open`: its writer died, or its end was cut where nothing
   * proves it. `tampered`: see the findings.
   */
  readonly state: "finished" | "running" | "open" | "tampered";
  readonly events: number;
  readonly lines: number;
  /** The last event that a signature covers, and the last one in the chain. */
  readonly signedSeq: number;
  readonly chainedSeq: number;
  /** Bytes of a last line that wasn't written whole. */
  readonly tornBytes: number;
  /** Events that the record itself says it doesn't have. */
  readonly gaps: readonly Gap[];
  readonly findings: readonly Located[];
}

export interface VerifyOptions {
  readonly checker: SignatureChecker;
  /** The newest checkpoint of this run that the ledger knows. */
  readonly ledger?: LedgerEntry;
  /** A process has the record open to write. */
  readonly writing?: boolean;
}

export function verifyRun(record: RunRecord, { checker, ledger, writing = false }: VerifyOptions): RunReport {
  const known = ledger === undefined ? undefined : { ...ledger.checkpoint, text: ledger.text };
  const walk = new Walk(record.run, checker, known);
  const reading = new Reading(record.parts, walk);
  const found = [...reading.problems, ...diagnose(walk, (hashes) => reading.locate(hashes))];
  if (walk.intact && walk.final === undefined) found.push(...tailFindings(record.parts, walk.proven?.line ?? 0));
  found.push(...ledgerFindings(walk, ledger, found.length === 0));
  if (reading.tornBytes > 0 && walk.final !== undefined)
    found.push({ kind: "added", line: walk.lines + 1, message: "bytes were added after the end of the record" });
  const findings = found.map((finding) => reading.place(finding));
  return {
    run: record.run,
    files: reading.files,
    state: findings.length > 0 ? "tampered" : stateOf(walk, writing),
    events: walk.events,
    lines: walk.lines,
    signedSeq: walk.proven?.checkpoint.seq ?? 0,
    chainedSeq: walk.lastSeq,
    tornBytes: reading.tornBytes,
    gaps: walk.gaps,
    findings,
  };
}

/** A run that the ledger knows and of which there is no file. */
export function goneReport(folder: string, { checkpoint }: LedgerEntry): RunReport {
  const { run, seq, line } = checkpoint;
  const file = posix.join(folder, recordName(run, 0));
  const message = `the record is gone; the ledger proves that it had ${line} lines, up to event ${seq}`;
  return {
    run,
    files: [],
    state: "tampered",
    events: 0,
    lines: 0,
    signedSeq: 0,
    chainedSeq: 0,
    tornBytes: 0,
    gaps: [],
    findings: [{ kind: "gone", line: 0, seq, message, file, fileLine: 0 }],
  };
}

/** The files of one record, read once for the walk and again only when something has to be found. */
class Reading {
  readonly files: PartReport[] = [];
  readonly problems: Finding[] = [];
  tornBytes = 0;
  readonly #parts: readonly RecordPart[];

  constructor(parts: readonly RecordPart[], walk: Walk) {
    this.#parts = parts;
    let expected = 0;
    for (const { part, file } of parts) {
      if (part > expected) this.#missing(expected, part, walk);
      expected = part + 1;
      walk.beginPart(part);
      const before = walk.lines;
      readLines(file, { line: (bytes) => walk.push(bytes), torn: (bytes) => this.#torn(bytes, file, walk) });
      this.files.push({ file, part, lines: walk.lines - before });
    }
  }

  locate(hashes: ReadonlySet<string>): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    eachLine(this.#parts, (bytes, line) => {
      const hash = hashOf(bytes);
      if (hashes.has(hash) && !found.has(hash)) found.set(hash, line);
    });
    return found;
  }

  place(finding: Finding): Located {
    let before = 0;
    for (const { file, lines } of this.files) {
      if (finding.line <= before + lines) return { ...finding, file, fileLine: finding.line - before };
      before += lines;
    }
    const last = this.files.at(-1);
    return { ...finding, file: last?.file ?? "", fileLine: finding.line - before + (last?.lines ?? 0) };
  }

  #torn(bytes: Buffer, file: string, walk: Walk): void {
    this.tornBytes = bytes.length;
    // Only the very end of a record can have been written half.
    if (file === this.#parts.at(-1)?.file) return;
    this.problems.push({ kind: "changed", line: walk.lines, message: `the file's last line has no end` });
  }

  #missing(from: number, to: number, walk: Walk): void {
    const what = to - from === 1 ? `file ${from} of the record is` : `files ${from} to ${to - 1} of the record are`;
    this.problems.push({ kind: "gone", line: walk.lines, message: `${what} missing` });
  }
}

function eachLine(parts: readonly RecordPart[], visit: (bytes: Buffer, line: number) => void): void {
  let line = 0;
  for (const { file } of parts)
    readLines(file, {
      line: (bytes) => {
        line += 1;
        visit(bytes, line);
      },
    });
}

/** What no signature covers must at least be events. */
function tailFindings(parts: readonly RecordPart[], provenLine: number): readonly Finding[] {
  const findings: Finding[] = [];
  eachLine(parts, (bytes, line) => {
    if (line > provenLine && !isJson(bytes))
      findings.push({ kind: "changed", line, message: `line ${line} isn't JSON` });
  });
  return findings;
}

function ledgerFindings(walk: Walk, ledger: LedgerEntry | undefined, otherwiseFine: boolean): readonly Finding[] {
  if (ledger === undefined) return [];
  const { line, seq } = ledger.checkpoint;
  const known = `the ledger proves ${line} lines, up to event ${seq}`;
  if (walk.lastSeq < seq || (otherwiseFine && walk.lines < line)) {
    const from = walk.lastSeq + 1;
    const what = walk.lastSeq < seq ? `events ${from} to ${seq} are` : "a checkpoint is";
    const message = `the end was cut: ${what} missing (${known})`;
    return [{ kind: "cut", line: walk.lines, ...(walk.lastSeq < seq ? { seq: from, toSeq: seq } : {}), message }];
  }
  if (!otherwiseFine || walk.known?.same !== false) return [];
  return [{ kind: "changed", line, message: `line ${line} isn't the one that the ledger has a copy of` }];
}

function stateOf(walk: Walk, writing: boolean): RunReport["state"] {
  if (walk.final !== undefined) return "finished";
  return writing ? "running" : "open";
}
