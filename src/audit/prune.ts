// Removes records that have ended: by their age, or the oldest until the rest is small enough. Each is said in the ledger first, signed, so
// that it isn't missed afterwards. It must never touch a record that is being written, nor one that was tampered with: that is evidence.
import { lstatSync, unlinkSync } from "node:fs";
import { posix } from "node:path";
import { SignatureChecker, signCheckpoint } from "./checkpoint.js";
import { hashOf } from "./format.js";
import { knownKeys, signingKey } from "./keys.js";
import { Ledger, type LedgerEntry, readLedger } from "./ledger.js";
import { listRecords, privateFolder, RECORDS, type RunRecord, readRecordName } from "./store.js";
import { type RunReport, verifyRun } from "./verify.js";
import { filesBeingWritten } from "./writers.js";

export interface PruneWish {
  /** What was last written to before this time. */
  readonly beforeMs?: number;
  /** The oldest go until all together take no more. */
  readonly maxBytes?: number;
  /** Only says what would be removed. */
  readonly dryRun: boolean;
  readonly nowMs: number;
}

export interface PruneStep {
  readonly run: string;
  readonly bytes: number;
  readonly done: "removed" | "running" | "tampered";
}

interface Sized {
  readonly record: RunRecord;
  readonly bytes: number;
  readonly lastMs: number;
}

/** One step for each record that the wish is about, the oldest first. */
export function* pruneRecords(dir: string, wish: PruneWish): Generator<PruneStep> {
  const folder = privateFolder(dir, RECORDS);
  const checker = new SignatureChecker(knownKeys(dir));
  const asked = chosen(listRecords(folder).map(sized), wish);
  // Afterwards: who isn't among these doesn't write any more, for a record is never opened again.
  const written = new Set([...filesBeingWritten(folder)].map((file) => readRecordName(posix.basename(file))?.run));
  const ledger = readLedger(folder, checker);
  for (const { record, bytes } of asked) {
    const { run } = record;
    if (written.has(run)) {
      yield { run, bytes, done: "running" };
      continue;
    }
    const entry = ledger.newest.get(run);
    const isMarked = entry?.checkpoint.reason === "pruned";
    const report = verifyRun(record, { checker, ...(entry === undefined || isMarked ? {} : { ledger: entry }) });
    if (report.state === "tampered") {
      yield { run, bytes, done: "tampered" };
      continue;
    }
    if (!wish.dryRun) {
      if (!isMarked) mark({ dir, folder }, { report, entry, nowMs: wish.nowMs });
      // From its end: what is left if this is cut short is a record without an end.
      for (const { file } of record.parts.toReversed()) unlinkSync(file);
    }
    yield { run, bytes, done: "removed" };
  }
}

function sized(record: RunRecord): Sized {
  const all = record.parts.map(({ file }) => lstatSync(file));
  const bytes = all.reduce((sum, { size }) => sum + size, 0);
  return { record, bytes, lastMs: Math.max(...all.map(({ mtimeMs }) => mtimeMs)) };
}

function chosen(records: readonly Sized[], { beforeMs, maxBytes }: PruneWish): readonly Sized[] {
  let left = records.reduce((sum, { bytes }) => sum + bytes, 0);
  return records.filter(({ bytes, lastMs }) => {
    const isOld = beforeMs !== undefined && lastMs < beforeMs;
    const isTooMuch = maxBytes !== undefined && left > maxBytes;
    if (isOld || isTooMuch) left -= bytes;
    return isOld || isTooMuch;
  });
}

interface Marked {
  readonly report: RunReport;
  readonly entry: LedgerEntry | undefined;
  readonly nowMs: number;
}

/** The last that the ledger hears of a run: it comes after all that it or the record has. */
function mark({ dir, folder }: { dir: string; folder: string }, { report, entry, nowMs }: Marked): void {
  const line = Math.max(report.lines, entry?.checkpoint.line ?? 0) + 1;
  const checkpoint = {
    run: report.run,
    time: new Date(nowMs).toISOString(),
    part: report.files.at(-1)?.part ?? 0,
    line,
    seq: report.chainedSeq,
    reason: "pruned",
    prev: hashOf(entry?.text ?? ""),
  } as const;
  const ledger = new Ledger(folder);
  try {
    ledger.append(signCheckpoint(checkpoint, signingKey(dir)));
  } finally {
    ledger.close();
  }
}
