// Where records lie: `<audit.dir>/audit/<run>.jsonl`, then `<run>.1.jsonl` and so on; the keys beside them in `keys`. Both folders are
// the user's alone. SECURITY: no sandbox is ever given audit.dir (plan/resolve/forbidden.ts).
import { lstatSync, mkdirSync, readdirSync, type Stats } from "node:fs";
import { posix } from "node:path";
import { CordonError, errnoOf, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";

export const RECORDS = "audit";
export const KEYS = "keys";
export const LEDGER = "ledger";

export interface RecordPart {
  readonly part: number;
  readonly file: string;
}

/** The files of one run's record, in order. */
export interface RunRecord {
  readonly run: string;
  readonly parts: readonly RecordPart[];
}

export function recordName(run: string, part: number): string {
  return part === 0 ? `${run}.jsonl` : `${run}.${part}.jsonl`;
}

/** A run's id ends in a hyphen and eight hex digits, so that no part number is mistaken for a piece of it. */
export function readRecordName(name: string): { readonly run: string; readonly part: number } | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]{0,118}-[0-9a-f]{8})(?:\.([1-9]\d{0,5}))?\.jsonl$/.exec(name);
  return match?.[1] === undefined ? undefined : { run: match[1], part: Number(match[2] ?? 0) };
}

/** The records in a folder, the oldest first. */
export function listRecords(folder: string): readonly RunRecord[] {
  const runs = new Map<string, RecordPart[]>();
  for (const name of readdirSync(folder)) {
    const read = readRecordName(name);
    if (read === undefined) continue;
    const part = { part: read.part, file: posix.join(folder, name) };
    runs.set(read.run, [...(runs.get(read.run) ?? []), part]);
  }
  const records = [...runs].map(([run, parts]) => ({ run, parts: parts.toSorted((a, b) => a.part - b.part) }));
  const born = new Map(records.map(({ run, parts }) => [run, birthOf(parts[0]?.file)]));
  return records.toSorted((a, b) => (born.get(a.run) ?? 0) - (born.get(b.run) ?? 0) || (a.run < b.run ? -1 : 1));
}

function birthOf(file: string | undefined): number {
  return file === undefined ? 0 : (lstatSync(file, { throwIfNoEntry: false })?.birthtimeMs ?? 0);
}

/** A folder of audit.dir, made when it isn't there. Throws when others could get at what is in it. */
export function privateFolder(dir: string, name: string): string {
  const folder = posix.join(dir, name);
  const status = lstatSync(folder, { throwIfNoEntry: false }) ?? made(folder);
  const problem = folderProblem(status) ?? parentProblem(lstatSync(dir, { throwIfNoEntry: false }));
  if (problem === undefined) return folder;
  throw new CordonError("audit-failed", problem, { place: printable(folder) });
}

function made(folder: string): Stats | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Another run may have been faster.
    if (errnoOf(error) !== "EEXIST")
      throw new CordonError("audit-failed", `the folder can't be made: ${messageOf(error)}`, {
        place: printable(folder),
        cause: error,
      });
  }
  return lstatSync(folder, { throwIfNoEntry: false });
}

function folderProblem(status: Stats | undefined): string | undefined {
  if (status === undefined || !status.isDirectory()) return "it isn't a folder";
  if (status.uid !== process.geteuid?.()) return "it belongs to another user";
  return (status.mode & 0o077) === 0 ? undefined : "others may read it or write to it; chmod 700 makes it private";
}

function parentProblem(status: Stats | undefined): string | undefined {
  // Others could put another folder in its place.
  if (status?.isDirectory() && (status.mode & 0o002) !== 0 && (status.mode & 0o1000) === 0)
    return "everybody may write to the folder that it lies in";
  return undefined;
}
