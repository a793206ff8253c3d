// `cordon audit export`: entries as JSON lines or CSV on stdout, or with --output a folder that can be verified elsewhere: the records as
// they are, their last checkpoints, and the public key.
import { constants, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { type EntryFilter, entriesOf } from "../../../audit/entries.js";
import { parseLine } from "../../../audit/format.js";
import { publicKeyName, publicKeyText } from "../../../audit/keys.js";
import { readLines } from "../../../audit/lines.js";
import { LEDGER, type RunRecord } from "../../../audit/store.js";
import { CordonError, errnoOf, messageOf } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { type Invocation, text } from "../../command.js";
import type { AuditRequest } from "../audit.js";
import { filterOf } from "./filters.js";

export async function exportRecords({ invocation, target }: AuditRequest): Promise<number> {
  const filter = filterOf(invocation);
  const asCsv = text(invocation, "format") === "csv";
  const output = text(invocation, "output");
  if (output !== undefined)
    return bundle(invocation, { output: posix.resolve(invocation.cwd, output), target, filter, asCsv });
  if (asCsv) invocation.out.print(CSV_HEAD);
  for (const lines of linesOf(target.records, filter, asCsv))
    if (lines.length > 0) invocation.out.print(lines.join("\n"));
  return 0;
}

function* linesOf(records: readonly RunRecord[], filter: EntryFilter, asCsv: boolean): Generator<readonly string[]> {
  for (const entries of entriesOf(records, filter))
    yield asCsv
      ? entries.flatMap(({ value }) => (value === undefined ? [] : [csvLine(value)]))
      : entries.map((entry) => entry.text);
}

interface Bundle extends Pick<AuditRequest, "target"> {
  readonly output: string;
  readonly filter: EntryFilter;
  readonly asCsv: boolean;
}

/** Whole records of the runs that have a wanted entry: part of a chain proves nothing. */
function bundle({ out }: Invocation, { output, target, filter, asCsv }: Bundle): number {
  makeEmptyFolder(output);
  const chosen = target.records.filter((record) => hasEntries(record, filter));
  const keys = new Set<string>();
  const last: string[] = [];
  for (const { parts } of chosen) {
    for (const { file } of parts) copyFileSync(file, posix.join(output, posix.basename(file)), constants.COPYFILE_EXCL);
    const checkpoint = lastCheckpoint(parts.at(-1)?.file ?? "", keys);
    if (checkpoint !== undefined) last.push(checkpoint);
  }
  writeFileSync(posix.join(output, LEDGER), last.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  for (const id of keys) writeFileSync(posix.join(output, publicKeyName(id)), publicKeyText(id));
  if (asCsv) {
    const lines = [...linesOf(chosen, filter, true)].flat();
    writeFileSync(posix.join(output, "events.csv"), [CSV_HEAD, ...lines].map((line) => `${line}\n`).join(""), {
      mode: 0o600,
    });
  }
  const names = [...keys].map((id) => `--key ${publicKeyName(id)}`).join(" ");
  out.note(`${chosen.length} records in ${printable(output)}; there, cordon audit verify ${names} . checks them`);
  return 0;
}

function hasEntries(record: RunRecord, filter: EntryFilter): boolean {
  for (const entries of entriesOf([record], filter)) if (entries.length > 0) return true;
  return false;
}

function lastCheckpoint(file: string, keys: Set<string>): string | undefined {
  const found: string[] = [];
  readLines(file, {
    line: (bytes) => {
      const line = parseLine(bytes);
      if (line?.kind !== "checkpoint") return;
      keys.add(line.checkpoint.key);
      found[0] = bytes.toString("utf8");
    },
  });
  return found[0];
}

function makeEmptyFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length === 0) return;
  } catch (error) {
    const what = errnoOf(error) === "EEXIST" ? "it isn't a folder" : messageOf(error);
    throw new CordonError("usage", what, { place: printable(folder) });
  }
  throw new CordonError("usage", "the folder isn't empty", { place: printable(folder) });
}

const CSV_COLUMNS = [
  "run",
  "seq",
  "time",
  "type",
  "host",
  "port",
  "path",
  "reason",
  "rule",
  "pid",
  "code",
  "prev",
] as const;
const CSV_HEAD = [...CSV_COLUMNS, "more"].join(",");

function csvLine(value: Readonly<Record<string, unknown>>): string {
  const known: readonly string[] = CSV_COLUMNS;
  const more = Object.fromEntries(Object.entries(value).filter(([name]) => !known.includes(name)));
  const cells = [...CSV_COLUMNS.map((name) => value[name]), Object.keys(more).length === 0 ? undefined : more];
  return cells.map(csvCell).join(",");
}

/** SECURITY: text that a spreadsheet would take for a formula gets an apostrophe in front, as those programs understand it. */
function csvCell(value: unknown): string {
  if (value === undefined || value === null) return "";
  const plain = printable(typeof value === "string" ? value : JSON.stringify(value), 100_000);
  const safe = typeof value === "string" && /^[=+\-@]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
