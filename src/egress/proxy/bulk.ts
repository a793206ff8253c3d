// Reads a socket into buffers that are used again, the fastest way Node has (see bench in tunnel.ts): a small one of its own, and while
// the stream is wide a large one out of a bounded pool. It must never hand a buffer on while bytes in it wait to be written.
import type { OnReadOpts } from "node:net";

export const SMALL_BYTES = 32 * 1024;
export const LARGE_BYTES = 1024 * 1024;
const MAX_LARGE = 16;
/** Reads below SMALL_BYTES in a row after which a large buffer goes back. */
const NARROW_READS = 8;

/** At most MAX_LARGE large buffers for all tunnels of a run; who gets none reads in smaller pieces. */
export class BufferPool {
  readonly #free: Buffer[] = [];
  #lent = 0;

  take(): Buffer | undefined {
    if (this.#lent >= MAX_LARGE) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
  }

  /** `busy`: somebody may still read it, so it is left to the garbage collector. */
  give(buffer: Buffer, busy: boolean): void {
    this.#lent -= 1;
    if (!busy) this.#free.push(buffer);
  }
}

/** Takes a chunk that is valid until `done`; true when it is done with it already. */
export type Take = (chunk: Buffer) => boolean;

export class BulkReader {
  /** For `net.connect`. */
  readonly onread: OnReadOpts;
  readonly #pool: BufferPool;
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES);
  #large: Buffer | undefined;
  #take: Take = () => true;
  #busy = false;
  #full = false;
  #narrow = 0;
  #closed = false;

  constructor(pool: BufferPool) {
    this.#pool = pool;
    this.onread = {
      buffer: () => this.#next(),
      callback: (bytes) => this.#read(bytes),
    };
  }

  /** The reader starts when its socket is resumed. */
  start(take: Take): void {
    this.#take = take;
  }

  /** The last chunk is written: the socket may be resumed. */
  done(): void {
    this.#busy = false;
  }

  close(): void {
    this.#closed = true;
    this.#giveBack();
  }

  #current(): Buffer {
    return this.#large ?? this.#small;
  }

  #read(bytes: number): boolean {
    const buffer = this.#current();
    this.#full = bytes === buffer.length;
    this.#narrow = bytes < SMALL_BYTES ? this.#narrow + 1 : 0;
    this.#busy = true;
    this.#busy = !this.#take(buffer.subarray(0, bytes));
    return !this.#busy;
  }

  /** Node asks after each read. While the last chunk waits the buffer stays: nothing is read into it until `done`. */
  #next(): Buffer {
    if (this.#busy || this.#closed) return this.#current();
    if (this.#large === undefined && this.#full) this.#large = this.#pool.take();
    else if (this.#narrow >= NARROW_READS) this.#giveBack();
    return this.#current();
  }

  #giveBack(): void {
    if (this.#large !== undefined) this.#pool.give(this.#large, this.#busy);
    this.#large = undefined;
  }
}
