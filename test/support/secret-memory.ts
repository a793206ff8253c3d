// Everything of a running sandbox that somebody inside could see, searched from outside: the memory of each of its processes,
// their environments and words, the files that it can write.
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { allProcesses } from "./processes.js";

const PIECE = 4 * 1024 * 1024;
const PAGE = 4096;
/** So much of the memory is asked for at once whether it is there. */
const SPAN = 256 * 1024 * 1024;

/** How many there are to look at, at least: the command, and for root Cordon's own first process, into which nobody else can look. */
export const FEWEST_PROCESSES = process.getuid?.() === 0 ? 2 : 1;

/** The processes in the sandbox below `supervisor`: those that see other processes than it does. */
export function sandboxProcesses(supervisor: number): readonly number[] {
  const all = allProcesses();
  const below = new Set([supervisor]);
  for (const pid of below) for (const each of all) if (each.parent === pid) below.add(each.pid);
  const own = namespaceOf(supervisor);
  return [...below].filter((pid) => {
    const theirs = namespaceOf(pid);
    return theirs !== undefined && theirs !== own;
  });
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** Where a text stands in what a process has: `memory of 123 (node)`. */
export function findInProcess(pid: number, text: string): readonly string[] {
  const wanted = Buffer.from(text);
  const found = ["environ", "cmdline"].filter((name) => fileHolds(`/proc/${pid}/${name}`, wanted));
  if (memoryHolds(pid, wanted)) found.push("memory");
  return found.map((name) => `${name} of ${pid}`);
}

function fileHolds(path: string, wanted: Buffer): boolean {
  try {
    return readFileSync(path).includes(wanted);
  } catch {
    return false;
  }
}

/** How much could be read is counted by `searchedBytes`, so that an empty search isn't taken for a clean one. */
function memoryHolds(pid: number, wanted: Buffer): boolean {
  return search(pid, wanted).found;
}

export function searchedBytes(pid: number): number {
  return search(pid, undefined).bytes;
}

function search(pid: number, wanted: Buffer | undefined): { readonly found: boolean; readonly bytes: number } {
  const regions = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const pages = openSync(`/proc/${pid}/pagemap`, "r");
  let bytes = 0;
  try {
    for (const region of regions) {
      const [, from, to, rights = ""] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(region) ?? [];
      if (from === undefined || to === undefined || !rights.startsWith("r") || region.includes("[v")) continue;
      const present = presentPieces(pages, Number.parseInt(from, 16), Number.parseInt(to, 16));
      for (const { at, size } of present) {
        const piece = Buffer.alloc(size);
        const read = readAt(memory, piece, at);
        bytes += read;
        if (wanted !== undefined && piece.subarray(0, read).includes(wanted)) return { found: true, bytes };
      }
    }
  } finally {
    closeSync(memory);
    closeSync(pages);
  }
  return { found: false, bytes };
}

interface Piece {
  readonly at: number;
  readonly size: number;
}

/** Some programs reserve hundreds of gigabytes and use little: only pieces with a page that is there (proc(5), pagemap). Each laps over. */
function presentPieces(pages: number, from: number, to: number): readonly Piece[] {
  const starts = new Set<number>();
  for (let at = from; at < to; at += SPAN) {
    const entries = Buffer.alloc(Math.ceil(Math.min(SPAN, to - at) / PAGE) * 8);
    const read = readAt(pages, entries, (at / PAGE) * 8);
    for (let index = 7; index < read; index += 8) {
      if (((entries[index] ?? 0) & 0xc0) === 0) continue;
      const offset = at - from + ((index - 7) / 8) * PAGE;
      starts.add(from + offset - (offset % PIECE));
    }
  }
  return [...starts].map((at) => ({ at, size: Math.min(PIECE + PAGE, to - at) }));
}

function readAt(fd: number, buffer: Buffer, at: number): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, at);
  } catch {
    return 0;
  }
}

/** Files below a folder that hold a text. */
export function findInFiles(folder: string, text: string): readonly string[] {
  const wanted = Buffer.from(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => fileHolds(path, wanted));
}
