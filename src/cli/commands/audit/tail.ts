// `cordon audit tail`: the last entries, and with --follow what comes, of runs that begin later too. Ends with Ctrl-C.
import { closeSync, readSync, statSync, watch } from "node:fs";
import { type Entry, type EntryFilter, entriesOf, entryOf, isWanted, wantsRun } from "../../../audit/entries.js";
import { openRecord } from "../../../audit/lines.js";
import { listRecords } from "../../../audit/store.js";
import type { Target } from "../../../audit/target.js";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { flag, type Invocation, text } from "../../command.js";
import type { AuditRequest } from "../audit.js";
import { filterOf } from "./filters.js";
import { entryLine, painter } from "./lines.js";

const CHUNK_BYTES = 256 * 1024;
/** For file systems that tell nobody of a change. */
const LOOK_AGAIN_MS = 1000;

export async function tail({ invocation, target }: AuditRequest): Promise<number> {
  const filter = filterOf(invocation);
  const print = printerOf(invocation, target.records.length !== 1 || flag(invocation, "follow"));
  const followed = flag(invocation, "follow") ? new Followed(target, filter, print) : undefined;
  const last: Entry[] = [];
  const count = countOf(invocation);
  for (const entries of entriesOf(target.records, filter)) {
    last.push(...(count === 0 ? [] : entries.slice(-count)));
    if (last.length > count) last.splice(0, last.length - count);
  }
  for (const entry of last) print(entry);
  await followed?.untilInterrupted();
  return 0;
}

function countOf(invocation: Invocation): number {
  const given = text(invocation, "lines") ?? "10";
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new CordonError("usage", `"${printable(given, 40)}" isn't a number of lines`, { place: "--lines" });
}

function printerOf(invocation: Invocation, withRun: boolean): (entry: Entry) => void {
  const { out } = invocation;
  if (flag(invocation, "json")) return ({ text: line }) => out.print(line);
  const paint = painter(out.colour);
  return (entry) => out.print(`${entryLine(entry, paint)}${withRun ? paint(2, `  [${printable(entry.run)}]`) : ""}`);
}

/** Where each file was read to. */
class Followed {
  readonly #target: Target;
  readonly #filter: EntryFilter;
  readonly #print: (entry: Entry) => void;
  readonly #read = new Map<string, { offset: number; lines: number; rest: Buffer }>();

  constructor(target: Target, filter: EntryFilter, print: (entry: Entry) => void) {
    this.#target = target;
    this.#filter = filter;
    this.#print = print;
    for (const { file } of target.records.flatMap(({ parts }) => parts))
      this.#read.set(file, { offset: statSync(file).size, lines: 0, rest: Buffer.alloc(0) });
  }

  async untilInterrupted(): Promise<void> {
    const watcher = watch(this.#target.folder, () => this.#look());
    const timer = setInterval(() => this.#look(), LOOK_AGAIN_MS);
    this.#look();
    await new Promise<void>((resolve) => {
      process.once("SIGINT", () => resolve());
      process.once("SIGTERM", () => resolve());
    });
    clearInterval(timer);
    watcher.close();
  }

  #look(): void {
    const runs = this.#target.whole ? undefined : new Set(this.#target.records.map(({ run }) => run));
    for (const { run, parts } of listRecords(this.#target.folder)) {
      if (runs?.has(run) === false || !wantsRun(this.#filter, run)) continue;
      for (const { file } of parts) this.#readOn(run, file);
    }
  }

  #readOn(run: string, file: string): void {
    const at = this.#read.get(file) ?? { offset: 0, lines: 0, rest: Buffer.alloc(0) };
    this.#read.set(file, at);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= at.offset) return;
    const fd = openRecord(file);
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let count = readSync(fd, chunk, 0, chunk.length, at.offset); count > 0; ) {
        at.offset += count;
        at.rest = this.#tell(run, file, Buffer.concat([at.rest, chunk.subarray(0, count)]));
        count = readSync(fd, chunk, 0, chunk.length, at.offset);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** What is left after the last whole line. */
  #tell(run: string, file: string, bytes: Buffer): Buffer<ArrayBuffer> {
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const entry = entryOf({ run, file, line: 0 }, bytes.subarray(start, end));
      if (isWanted(this.#filter, entry)) this.#print(entry);
      start = end + 1;
    }
    return Buffer.from(bytes.subarray(start));
  }
}
