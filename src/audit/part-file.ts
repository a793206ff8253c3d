// One file of a record, being written: only ever added to, whole lines or nothing.
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { messageOf } from "../core/error.js";

const NEWLINE = 10;

export class PartFile {
  readonly file: string;
  #fd: number;
  #size = 0;
  #broken: string | undefined;
  #syncing: Promise<void> = Promise.resolve();

  /** The file must not be there yet. */
  constructor(file: string) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.file = file;
    this.#fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a line. When it throws, nothing of the line is there; if even that can't be had, the file takes no line any more. */
  append(line: Buffer): void {
    if (this.#broken !== undefined) throw new Error(this.#broken);
    const bytes = Buffer.allocUnsafe(line.length + 1);
    line.copy(bytes);
    bytes[line.length] = NEWLINE;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Throws when the file was removed, replaced, or somebody else wrote to it. */
  checkPlace(): void {
    const { dev, ino, nlink, size } = fstatSync(this.#fd);
    const there = lstatSync(this.file, { throwIfNoEntry: false });
    if (nlink === 0 || there?.ino !== ino || there.dev !== dev) this.#breakOff("the file was removed or replaced");
    if (size !== this.#size) this.#breakOff("something else has changed the file");
  }

  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  /** Brings what is written to the disk without holding the run up. */
  sync(): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error)));
    });
    this.#syncing = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#syncing;
    closeSync(this.#fd);
  }

  /** A file in which nothing was ever written. */
  remove(): void {
    unlinkSync(this.file);
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch (error) {
      this.#broken = `half a line could not be taken back: ${messageOf(error)}`;
    }
  }

  #breakOff(why: string): never {
    this.#broken = why;
    throw new Error(why);
  }
}
