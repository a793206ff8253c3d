// Writes one run's record: each event before anything else happens, signed checkpoints by count, by time and at the end, a new file
// when one is large or old. It must never say that something is recorded which isn't.
import { posix } from "node:path";
import { CordonError, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import type { Event } from "../events/types.js";
import { type SigningKey, signCheckpoint } from "./checkpoint.js";
import { type CheckpointReason, eventLine, gapLine, genesis, hashOf } from "./format.js";
import { signingKey } from "./keys.js";
import { Ledger } from "./ledger.js";
import { PartFile } from "./part-file.js";
import { privateFolder, RECORDS, recordName } from "./store.js";

export interface RecorderOptions {
  readonly run: string;
  /** audit.dir */
  readonly dir: string;
  readonly rotate: { readonly sizeBytes: number; readonly ageMs: number };
  /** When what is written is brought to the disk: never, at checkpoints by time and at rotation, at every checkpoint. */
  readonly sync: "off" | "periodic" | "always";
  /** `continue`: a line that can't be written is missed, and the record says so as soon as it can. */
  readonly onFailure: "stop" | "continue";
  /** What `record` couldn't say: a failure at a time of its own (then with `stop`, the run has to end), or one that is passed over. */
  readonly failed: (error: CordonError) => void;
  /** Told of each line once it is written, checkpoints and gaps too; must not throw. */
  readonly written?: (line: Buffer) => void;
  readonly now?: () => Date;
  readonly checkpoint?: { readonly events: number; readonly everyMs: number };
}

const CHECKPOINT = { events: 1000, everyMs: 10_000 } as const;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #now: () => Date;
  readonly #every: { readonly events: number; readonly everyMs: number };
  readonly #folder: string;
  readonly #key: SigningKey;
  readonly #ledger: Ledger;
  readonly #timer: NodeJS.Timeout;
  #part: PartFile | undefined;
  #partNumber = 0;
  #partSince = 0;
  #prev: string;
  #line = 0;
  #seq = 0;
  /** Events since the last checkpoint. */
  #news = 0;
  #lost: { readonly from: number; readonly reason: string } | undefined;
  #told = false;
  #busy: Promise<void>[] = [];

  /** Throws when no record can be kept there. The file itself is made with the first event. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.#every = options.checkpoint ?? CHECKPOINT;
    this.#prev = genesis(options.run);
    this.#key = signingKey(options.dir);
    this.#folder = privateFolder(options.dir, RECORDS);
    this.#ledger = openLedger(this.#folder);
    this.#timer = setInterval(() => this.#onTime(), this.#every.everyMs);
    this.#timer.unref();
  }

  /** Where the record is being written, or will be. */
  get file(): string {
    return posix.join(this.#folder, recordName(this.#options.run, this.#partNumber));
  }

  /** Throws a CordonError when it can't be recorded and the run has to end for it. */
  record(event: Event): void {
    try {
      if (this.#lost !== undefined) this.#fillGap(event.seq - 1);
      this.#write(event);
      if (this.#news >= this.#every.events) this.#checkpoint("count");
    } catch (error) {
      if (this.#seq < event.seq) this.#lost ??= { from: event.seq, reason: messageOf(error) };
      this.#fail(error, "throw");
    }
  }

  /** The last checkpoint. Whatever comes after `run.exited` has to be told before this. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      if (this.#lost !== undefined && this.#line > 0) this.#fillGap(undefined);
      if (this.#line > 0) this.#checkpoint("exit");
    } catch (error) {
      this.#fail(error, "tell");
    } finally {
      await Promise.all(this.#busy);
      await this.#part?.close();
      if (this.#line === 0) this.#part?.remove();
      this.#ledger.close();
    }
  }

  #write(event: Event): void {
    const first = this.#part === undefined;
    const prev = this.#prev;
    const line = eventLine(event, prev);
    const part = this.#partFor(line.length);
    // A new file begins with a checkpoint, which is then the line before.
    this.#append(part, this.#prev === prev ? line : eventLine(event, this.#prev));
    this.#seq = event.seq;
    this.#news += 1;
    if (first) this.#checkpoint("start");
  }

  #append(part: PartFile, line: Buffer): void {
    part.append(line);
    this.#prev = hashOf(line);
    this.#line += 1;
    this.#options.written?.(line);
  }

  #partFor(bytes: number): PartFile {
    if (this.#part === undefined) return this.#openPart();
    const { sizeBytes, ageMs } = this.#options.rotate;
    const age = this.#now().getTime() - this.#partSince;
    if (this.#part.size + bytes <= sizeBytes && age < ageMs) return this.#part;
    return this.#rotate(this.#part);
  }

  #rotate(old: PartFile): PartFile {
    this.#checkpoint("rotation");
    this.#partNumber += 1;
    const part = this.#openPart();
    this.#busy.push(old.close());
    this.#checkpoint("part");
    return part;
  }

  #openPart(): PartFile {
    this.#part = new PartFile(this.file);
    this.#partSince = this.#now().getTime();
    return this.#part;
  }

  #fillGap(to: number | undefined): void {
    const lost = this.#lost;
    if (lost === undefined) return;
    const base = { run: this.#options.run, time: this.#now().toISOString(), from: lost.from, reason: lost.reason };
    const part = this.#part ?? this.#openPart();
    this.#append(part, gapLine({ ...base, ...(to === undefined ? {} : { to }), prev: this.#prev }));
    this.#lost = undefined;
    if (to !== undefined) this.#seq = to;
  }

  #checkpoint(reason: CheckpointReason): void {
    const part = this.#part;
    if (part === undefined) return;
    part.checkPlace();
    const { run, sync } = this.#options;
    const time = this.#now().toISOString();
    const counts = { part: this.#partNumber, line: this.#line + 1, seq: this.#seq };
    const line = signCheckpoint({ run, time, ...counts, reason, prev: this.#prev }, this.#key);
    this.#append(part, line);
    this.#news = 0;
    // The ledger never knows more than the record: after a power failure that would look like a cut.
    if (sync === "always") part.syncNow();
    if (sync === "periodic" && (reason === "time" || reason === "rotation")) this.#syncThenEnter(part, line);
    else this.#ledger.append(line);
  }

  #syncThenEnter(part: PartFile, line: Buffer): void {
    const done = part.sync().then(() => this.#ledger.append(line));
    const told = done.catch((error: unknown) => this.#fail(error, "tell"));
    this.#busy.push(told);
    void told.finally(() => {
      this.#busy = this.#busy.filter((one) => one !== told);
    });
  }

  #onTime(): void {
    try {
      if (this.#news > 0 && this.#lost === undefined) this.#checkpoint("time");
      else this.#part?.checkPlace();
    } catch (error) {
      this.#fail(error, "tell");
    }
  }

  /** With `continue` the first failure is told and none is thrown. */
  #fail(error: unknown, how: "throw" | "tell"): void {
    const failure = new CordonError("audit-failed", `the record can't be written any more: ${messageOf(error)}`, {
      place: printable(this.file),
      cause: error,
    });
    if (this.#options.onFailure === "stop" && how === "throw") throw failure;
    if (!this.#told) this.#options.failed(failure);
    this.#told = true;
  }
}

function openLedger(folder: string): Ledger {
  try {
    return new Ledger(folder);
  } catch (error) {
    throw new CordonError("audit-failed", `the ledger of records can't be opened: ${messageOf(error)}`, {
      place: printable(folder),
      cause: error,
    });
  }
}
