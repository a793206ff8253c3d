// Lines on disk that one receiver doesn't have yet, in their order: files of about a megabyte, and a note of how far it is. Each line is
// there before anybody tries to send it, so a killed supervisor loses none. What is sent is noted before the first attempt: after a
// crash the same lines go out under the same key. Files are private, in a private folder; a link is never followed.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { CordonError } from "../../core/error.js";
import type { Batch } from "./receiver.js";

const SEGMENT_BYTES = 1024 * 1024;
/** A batch is as long as this at most, or one line. */
const BATCH_BYTES = 512 * 1024;
const POSITION = "position";
const SEGMENT_NAME = /^\d{8}\.lines$/;

/** Where the first line begins that isn't delivered; `length`: of the batch that may be on its way. */
interface Position {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** A batch, and where the line after it begins. */
export interface SpooledBatch extends Batch {
  readonly bytes: number;
}

export interface SpoolOptions {
  readonly folder: string;
  /** What makes keys unique: the run, and which of its receivers. */
  readonly run: string;
  readonly lane: string;
}

export class Spool {
  readonly #options: SpoolOptions;
  #position: Position;
  /** The segment that is added to. */
  #last: number;
  #fd: number | undefined;
  #lastBytes = 0;
  #bytes = 0;

  /** Makes the folder, or opens one that is there; a torn last line, which nobody has been told of, is taken away. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const segments = readdirSync(options.folder)
      .filter((name) => SEGMENT_NAME.test(name))
      .map(Number.parseFloat)
      .toSorted((a, b) => a - b);
    this.#position = this.#readPosition() ?? { segment: segments[0] ?? 1, offset: 0, length: 0 };
    this.#last = segments.at(-1) ?? this.#position.segment;
    for (const number of segments) {
      if (number < this.#position.segment) rmSync(this.#file(number), { force: true });
      else this.#bytes += wholeLines(this.#file(number), number === this.#last);
    }
    this.#bytes -= Math.min(this.#bytes, this.#position.offset);
  }

  /** What isn't delivered yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws when it can't be written; nothing of the line is kept then. */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    const fd = this.#fileToAddTo(bytes.length);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } catch (error) {
      ftruncateSync(fd, this.#lastBytes);
      throw error;
    }
    this.#lastBytes += bytes.length;
    this.#bytes += bytes.length;
  }

  /** The next lines, at most so many; the same ones until `done`. Undefined when there are none. */
  async next(maxLines: number): Promise<SpooledBatch | undefined> {
    for (;;) {
      const { segment, offset, length } = this.#position;
      const read = await readPart(this.#file(segment), offset, length === 0 ? BATCH_BYTES : length);
      const part = length === 0 ? firstLines(read, maxLines) : read;
      if (part.length > 0) {
        if (length === 0) this.#move({ segment, offset, length: part.length });
        return this.#batch(part);
      }
      if (segment >= this.#last) return undefined;
      this.#move({ segment: segment + 1, offset: 0, length: 0 });
      rmSync(this.#file(segment), { force: true });
    }
  }

  /** The receiver has it. */
  done({ bytes }: SpooledBatch): void {
    const { segment, offset } = this.#position;
    this.#bytes -= bytes;
    this.#move({ segment, offset: offset + bytes, length: 0 });
  }

  /** The batch is cut anew by the next `next`: it was too large for the receiver. */
  recut(): void {
    this.#move({ ...this.#position, length: 0 });
  }

  /** How many lines wait. Reads them all. */
  countLines(): number {
    let count = 0;
    for (let number = this.#position.segment; number <= this.#last; number++) {
      const file = this.#file(number);
      if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
      const bytes = readFileSync(file).subarray(number === this.#position.segment ? this.#position.offset : 0);
      for (const byte of bytes) if (byte === 0x0a) count += 1;
    }
    return count;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #batch(part: Buffer): SpooledBatch {
    const { run, lane } = this.#options;
    const { segment, offset } = this.#position;
    return {
      key: `${run}.${lane}.${segment}.${offset}.${part.length}`,
      run,
      lines: part.toString("utf8").slice(0, -1).split("\n"),
      bytes: part.length,
    };
  }

  #fileToAddTo(more: number): number {
    if (this.#fd !== undefined && this.#lastBytes > 0 && this.#lastBytes + more > SEGMENT_BYTES) {
      this.close();
      this.#last += 1;
    }
    if (this.#fd === undefined) {
      const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
      this.#fd = openSync(this.#file(this.#last), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      this.#lastBytes = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }

  #file(number: number): string {
    return join(this.#options.folder, `${String(number).padStart(8, "0")}.lines`);
  }

  #move(position: Position): void {
    const file = join(this.#options.folder, POSITION);
    writeFileSync(`${file}.new`, `${position.segment} ${position.offset} ${position.length}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.#position = position;
  }

  #readPosition(): Position | undefined {
    const file = join(this.#options.folder, POSITION);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
    const match = /^(\d{1,8}) (\d{1,12}) (\d{1,12})\n$/.exec(readFileSync(file, "latin1"));
    if (match === null)
      throw new CordonError("internal", "the note of what was delivered can't be read", { place: file });
    const [, segment, offset, length] = match.map(Number);
    return { segment: segment ?? 1, offset: offset ?? 0, length: length ?? 0 };
  }
}

/** The size of a segment up to its last whole line; the rest of the last one is cut off. */
function wholeLines(file: string, isLast: boolean): number {
  const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    if (!isLast || size === 0) return size;
    let end = size;
    const byte = Buffer.alloc(64 * 1024);
    while (end > 0) {
      const from = Math.max(0, end - byte.length);
      const length = readSync(fd, byte, 0, end - from, from);
      const at = byte.subarray(0, length).lastIndexOf(0x0a);
      end = at === -1 ? from : from + at + 1;
      if (at !== -1) break;
    }
    if (end < size) ftruncateSync(fd, end);
    return end;
  } finally {
    closeSync(fd);
  }
}

async function readPart(file: string, offset: number, maxBytes: number): Promise<Buffer> {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return Buffer.alloc(0);
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  const { size } = await handle.stat();
  // A line that is longer than a batch is one by itself: then all of the rest is read.
  for (let want = maxBytes; ; want *= 4) {
    const buffer = Buffer.alloc(Math.max(0, Math.min(want, size - offset)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    const part = buffer.subarray(0, bytesRead);
    if (part.includes(0x0a) || want >= size - offset) return part;
  }
}

/** Whole lines, at most so many. */
function firstLines(bytes: Buffer, maxLines: number): Buffer {
  let end = 0;
  for (let count = 0; count < maxLines; count++) {
    const at = bytes.indexOf(0x0a, end);
    if (at === -1) break;
    end = at + 1;
  }
  return bytes.subarray(0, end);
}
