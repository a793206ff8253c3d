// Reads a file line by line in large pieces, as bytes. The last line may lack its newline: then it is handed over as torn.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { CordonError, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { MAX_LINE_BYTES } from "./format.js";

export interface LineReader {
  /** Without its newline. The bytes are only good until the next line comes. */
  readonly line: (bytes: Buffer) => void;
  /** What stands after the last newline. */
  readonly torn?: (bytes: Buffer) => void;
}

const CHUNK_BYTES = 1024 * 1024;

/** SECURITY: without following a link at its end, and only a regular file: nothing that waits or never ends. */
export function openRecord(file: string): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw new CordonError("audit-unreadable", `it can't be read: ${messageOf(error)}`, { place: printable(file) });
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new CordonError("audit-unreadable", "it isn't a regular file", { place: printable(file) });
}

export function readLines(file: string, reader: LineReader): void {
  const fd = openRecord(file);
  try {
    readAll(fd, reader);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, reader: LineReader): void {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  // Inside of a line that is longer than any of a record: the rest of it is passed over.
  let skipping = false;
  for (;;) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, null);
    if (count === 0) break;
    const end = filled + count;
    const from = skipping ? buffer.subarray(0, end).indexOf(10) + 1 : 0;
    if (skipping && from === 0) continue;
    if (skipping) reader.line(TOO_LONG);
    const rest = handOver(buffer.subarray(from, end), skipping ? 0 : filled, reader);
    skipping = false;
    buffer.copyWithin(0, end - rest, end);
    filled = rest;
    if (filled < buffer.length) continue;
    skipping = buffer.length >= MAX_LINE_BYTES;
    if (skipping) filled = 0;
    else buffer = Buffer.concat([buffer], buffer.length * 2);
  }
  if (skipping) reader.line(TOO_LONG);
  else if (filled > 0) reader.torn?.(buffer.subarray(0, filled));
}

const TOO_LONG = Buffer.from("a line that is too long");

/** Calls for each whole line; how many bytes are left over. */
function handOver(bytes: Buffer, searchFrom: number, reader: LineReader): number {
  let start = 0;
  for (let at = bytes.indexOf(10, searchFrom); at !== -1; at = bytes.indexOf(10, start)) {
    reader.line(bytes.subarray(start, at));
    start = at + 1;
  }
  return bytes.length - start;
}
