// What the user names, as records: nothing (all of theirs), a folder, or one file. And by which keys and ledgers it is judged.
import { statSync } from "node:fs";
import { posix } from "node:path";
import { CordonError, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { SignatureChecker } from "./checkpoint.js";
import { parseLine } from "./format.js";
import { knownKeys } from "./keys.js";
import { type LedgerContent, type LedgerEntry, readLedger } from "./ledger.js";
import { readLines } from "./lines.js";
import { KEYS, listRecords, RECORDS, type RunRecord, readRecordName } from "./store.js";
import { goneReport, type RunReport, verifyRun } from "./verify.js";
import { filesBeingWritten } from "./writers.js";

export interface Target {
  /** The folder of the records. */
  readonly folder: string;
  readonly records: readonly RunRecord[];
  /** All that is in the folder, so that what isn't there is missed. */
  readonly whole: boolean;
}

export function findTarget(path: string | undefined, auditDir: string): Target {
  if (path === undefined) return wholeFolder(posix.join(auditDir, RECORDS), true);
  const kind = kindOf(path);
  if (kind === "folder")
    return wholeFolder(kindOf(posix.join(path, RECORDS)) === "folder" ? posix.join(path, RECORDS) : path, false);
  if (kind === undefined) throw new CordonError("usage", "there is no such file or folder", { place: printable(path) });
  const folder = posix.dirname(path);
  const named = readRecordName(posix.basename(path));
  const siblings = named === undefined ? undefined : listRecords(folder).find(({ run }) => run === named.run);
  const record = siblings ?? { run: runIn(path), parts: [{ part: 0, file: path }] };
  return { folder, records: [record], whole: false };
}

function wholeFolder(folder: string, mayBeMissing: boolean): Target {
  if (mayBeMissing && kindOf(folder) === undefined) return { folder, records: [], whole: true };
  try {
    return { folder, records: listRecords(folder), whole: true };
  } catch (error) {
    throw new CordonError("audit-unreadable", `it can't be read: ${messageOf(error)}`, { place: printable(folder) });
  }
}

function kindOf(path: string): "file" | "folder" | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? undefined : status.isDirectory() ? "folder" : "file";
}

/** The run that a file under another name is about: by the first line that says so. */
function runIn(file: string): string {
  const found: string[] = [];
  readLines(file, {
    line: (bytes) => {
      const run = found.length === 0 ? parseLine(bytes)?.run : undefined;
      if (run !== undefined) found.push(run);
    },
  });
  const [run] = found;
  if (run !== undefined) return run;
  throw new CordonError("audit-unreadable", "it isn't a record: no line of it is one", { place: printable(file) });
}

export interface Proof {
  readonly reports: readonly RunReport[];
  /** Lines of the ledger that nobody wrote so. */
  readonly damagedLedger: readonly { readonly file: string; readonly line: number }[];
}

export interface ProofOptions {
  /** Ids of keys to believe; without any, the user's own. */
  readonly keys: readonly string[];
  readonly auditDir: string;
}

/** Verifies the records, each by the newest checkpoint that a ledger has of it; a record that only the ledger knows is gone. */
export function* verifyTarget(target: Target, options: ProofOptions): Generator<RunReport, Proof["damagedLedger"]> {
  const checker = checkerFor(target, options);
  // In this order: what the ledger knows was in the records before, and who writes now may be done later.
  const writing = filesBeingWritten(target.folder);
  const own = readLedger(target.folder, checker);
  const usual = posix.join(options.auditDir, RECORDS);
  const more = usual === target.folder ? own : readLedger(usual, checker);
  // What was written since is read as well.
  for (const record of target.whole ? findTarget(target.folder, options.auditDir).records : target.records) {
    const newest = newer(own.newest.get(record.run), more.newest.get(record.run));
    // What is left of a record that was to be removed speaks for itself.
    const entry = newest?.checkpoint.reason === "pruned" ? undefined : newest;
    const file = record.parts.at(-1)?.file ?? "";
    const isWriting = () => writing.has(file) || filesBeingWritten(target.folder).has(file);
    const report = verifyRun(record, { checker, ...(entry === undefined ? {} : { ledger: entry }) });
    yield report.state === "open" && isWriting() ? { ...report, state: "running" } : report;
  }
  if (target.whole) yield* goneReports(target, own);
  return own.damaged.map((line) => ({ file: posix.join(target.folder, "ledger"), line }));
}

function* goneReports({ folder }: Target, ledger: LedgerContent): Generator<RunReport> {
  const there = new Set(listOrNone(folder).map(({ run }) => run));
  for (const [run, entry] of ledger.newest)
    if (!there.has(run) && entry.checkpoint.reason !== "pruned") yield goneReport(folder, entry);
}

function listOrNone(folder: string): readonly RunRecord[] {
  return kindOf(folder) === undefined ? [] : listRecords(folder);
}

function newer(a: LedgerEntry | undefined, b: LedgerEntry | undefined): LedgerEntry | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.checkpoint.line >= b.checkpoint.line ? a : b;
}

/** SECURITY: keys that came along with records prove nothing; only those of a folder that holds the private key as well. */
function checkerFor({ folder, records }: Target, { keys, auditDir }: ProofOptions): SignatureChecker {
  const beside = posix.dirname(folder);
  const own = kindOf(posix.join(beside, KEYS, "audit.key")) === "file" ? knownKeys(beside) : [];
  const checker = new SignatureChecker(keys.length > 0 ? keys : [...knownKeys(auditDir), ...own]);
  if (checker.empty && records.length > 0)
    throw new CordonError("usage", "there is no key here to check the signatures with", {
      hint: "--key FILE names the public key of the one who made the record",
    });
  return checker;
}
