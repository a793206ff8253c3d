// Bounded reads for probes: a missing, unreadable or oversized file is `undefined`, never an exception. It never writes and
// never blocks on a pipe.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

const PROBE_MAX_BYTES = 1024 * 1024;
/** Most of what is read here is small, and Node keeps a pool for small buffers. */
const FIRST_BYTES = 4000;
const NEXT_BYTES = 128 * 1024;

/** What one open file holds and who owns it; `undefined` when it can't be read whole within `maxBytes`. */
export function readWhole(path: string, maxBytes = PROBE_MAX_BYTES, flags = 0): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
  } catch {
    return undefined;
  }
  try {
    return fstatSync(fd).isFile() ? readDescriptor(fd, maxBytes) : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** Reads to the end: files of procfs and sysfs say size 0, so the size is never trusted. */
export function readDescriptor(fd: number, maxBytes: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let total = 0;
  for (let size = FIRST_BYTES; ; size = NEXT_BYTES) {
    const chunk = Buffer.allocUnsafe(Math.min(size, maxBytes + 1 - total));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, total);
    total += count;
    if (total > maxBytes) return undefined;
    chunks.push(chunk.subarray(0, count));
  }
}

export function readText(path: string, maxBytes = PROBE_MAX_BYTES): string | undefined {
  return readWhole(path, maxBytes)?.toString("utf8");
}

/** A file that holds one number, as those below /proc/sys. */
export function readNumber(path: string): number | undefined {
  const text = readText(path, 4096)?.trim();
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
