// The user's ledger of checkpoints: each one of every run, copied into one file. So a record whose end was cut, or that is gone, is
// missed. Lines are whole checkpoints and carry their own signatures; runs write to it at the same time, each line by one write.
import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, writeSync } from "node:fs";
import { posix } from "node:path";
import type { SignatureChecker } from "./checkpoint.js";
import { type Checkpoint, parseLine } from "./format.js";
import { readLines } from "./lines.js";
import { LEDGER } from "./store.js";

export class Ledger {
  readonly #fd: number;

  constructor(folder: string) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    this.#fd = openSync(posix.join(folder, LEDGER), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const status = fstatSync(this.#fd);
    if (status.isFile() && status.uid === process.geteuid?.() && (status.mode & 0o077) === 0) return;
    closeSync(this.#fd);
    throw new Error(`${posix.join(folder, LEDGER)} isn't a file that is the user's alone`);
  }

  append(line: Buffer): void {
    const bytes = Buffer.concat([line, Buffer.from("\n")]);
    const count = writeSync(this.#fd, bytes);
    if (count === bytes.length) return;
    // A full disk: half a line would spoil the one that another run adds.
    ftruncateSync(this.#fd, fstatSync(this.#fd).size - count);
    throw new Error("the disk is full");
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export interface LedgerEntry {
  readonly checkpoint: Checkpoint;
  /** The checkpoint's whole line. */
  readonly text: string;
}

export interface LedgerContent {
  /** The newest checkpoint of each run. */
  readonly newest: ReadonlyMap<string, LedgerEntry>;
  /** Lines of the ledger that nobody wrote so. */
  readonly damaged: readonly number[];
}

const NOTHING: LedgerContent = { newest: new Map(), damaged: [] };

/** Only the lines that matter have their signature checked: the newest of each run. */
export function readLedger(folder: string, checker: SignatureChecker): LedgerContent {
  const file = posix.join(folder, LEDGER);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return NOTHING;
  const newest = new Map<
    string,
    { at: number; line: Extract<ReturnType<typeof parseLine>, { kind: "checkpoint" }>; text: string }
  >();
  const damaged: number[] = [];
  let at = 0;
  readLines(file, {
    line: (bytes) => {
      at += 1;
      const line = parseLine(bytes);
      if (line?.kind !== "checkpoint") damaged.push(at);
      else if (line.checkpoint.line > (newest.get(line.run)?.line.checkpoint.line ?? 0))
        newest.set(line.run, { at, line, text: bytes.toString("latin1") });
    },
  });
  const entries = new Map<string, LedgerEntry>();
  for (const [run, { at: place, line, text }] of newest) {
    if (checker.check(line) === "good") entries.set(run, { checkpoint: line.checkpoint, text });
    else damaged.push(place);
  }
  return { newest: entries, damaged };
}
