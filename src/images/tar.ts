// The tar format as far as images need it: folders, files and symbolic links, in one form that depends on nothing but the content
// (ustar, with a pax record for long names). Reading refuses everything else, and every name that would lead out of its folder.
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";

export const BLOCK = 512;
const MAX_PAX_BYTES = 64 * 1024;
const MAX_FILE_BYTES = 8 * 1024 ** 3;

export interface TarHeader {
  /** Relative, without a slash at either end. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly value: string;
}

const TYPES = { file: "0", symlink: "2", directory: "5" } as const;

/** The header of one entry, as whole blocks. */
export function tarHeader(entry: TarHeader, epoch: number): Buffer {
  const name = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const long = {
    ...(Buffer.byteLength(name) > 100 ? { path: name } : {}),
    ...(Buffer.byteLength(entry.value) > 100 ? { linkpath: entry.value } : {}),
  };
  const own = block({ ...entry, path: name, flag: TYPES[entry.type] }, epoch);
  if (Object.keys(long).length === 0) return own;
  const records = Buffer.concat(Object.entries(long).map(([key, value]) => paxRecord(key, value)));
  const pax = { path: "pax", mode: 0o644, uid: 0, gid: 0, size: records.length, value: "", flag: "x" };
  return Buffer.concat([block(pax, epoch), padded(records), own]);
}

/** Zeroes from the end of a file's content to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export function tarEnd(): Buffer {
  return Buffer.alloc(BLOCK * 2);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, tarPadding(bytes.length)]);
}

type Fields = Omit<TarHeader, "type"> & { readonly flag: string };

function block(fields: Fields, epoch: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) =>
    bytes.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  Buffer.from(fields.path).copy(bytes, 0, 0, 100);
  octal(fields.mode, 100, 8);
  octal(fields.uid, 108, 8);
  octal(fields.gid, 116, 8);
  octal(fields.size, 124, 12);
  octal(epoch, 136, 12);
  bytes.write(`        ${fields.flag}`, 148, "latin1");
  Buffer.from(fields.value).copy(bytes, 157, 0, 100);
  bytes.write("ustar\u000000", 257, "latin1");
  bytes.write(`${checksum(bytes).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

function checksum(bytes: Buffer): number {
  return bytes.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  return Buffer.from(`${length}${rest}`);
}

/** Reads `length` bytes at the place where it last stopped; fewer at the end. */
export type TakeBytes = (length: number) => Buffer;

/** Each entry; who asks for the next one must have taken the content (`size`, then the padding) of this one. */
export function* tarEntries(take: TakeBytes): Generator<TarHeader> {
  let long: Readonly<Record<string, string>> = {};
  for (;;) {
    const bytes = take(BLOCK);
    if (bytes.length !== BLOCK) throw refused("it ends in the middle");
    if (bytes.every((byte) => byte === 0)) return;
    const flag = String.fromCharCode(bytes[156] ?? 0);
    const size = number(bytes, 124, 12);
    if (checksum(bytes) !== number(bytes, 148, 8)) throw refused("a header is damaged");
    if (flag === "x") {
      if (size > MAX_PAX_BYTES) throw refused("a header is too long");
      long = paxRecords(take(size));
      take(tarPadding(size).length);
      continue;
    }
    yield headerOf(bytes, { flag, size, long });
    long = {};
  }
}

function headerOf(
  bytes: Buffer,
  {
    flag,
    size,
    long,
  }: { readonly flag: string; readonly size: number; readonly long: Readonly<Record<string, string>> },
): TarHeader {
  const type = flag === "0" ? "file" : flag === "5" ? "directory" : flag === "2" ? "symlink" : undefined;
  if (type === undefined) throw refused(`an entry is neither a file, a folder nor a link (${printable(flag)})`);
  const path = (long["path"] ?? text(bytes, 0, 100)).replace(/\/$/, "");
  // SECURITY: nothing outside of its own folder can be named.
  if (
    path === "" ||
    path.startsWith("/") ||
    path.split("/").some((part) => part === ".." || part === "." || part === "")
  )
    throw refused(`an entry is named ${printable(path, 80)}`);
  if (size > MAX_FILE_BYTES || (type !== "file" && size !== 0)) throw refused("an entry has an impossible size");
  return {
    path,
    type,
    size,
    mode: number(bytes, 100, 8),
    uid: number(bytes, 108, 8),
    gid: number(bytes, 116, 8),
    value: long["linkpath"] ?? text(bytes, 157, 100),
  };
}

function text(bytes: Buffer, at: number, width: number): string {
  const end = bytes.subarray(at, at + width).indexOf(0);
  return bytes.toString("utf8", at, end === -1 ? at + width : at + end);
}

function number(bytes: Buffer, at: number, width: number): number {
  const digits = text(bytes, at, width).trim();
  if (!/^[0-7]+$/.test(digits)) throw refused("a number in it isn't one");
  return Number.parseInt(digits, 8);
}

function paxRecords(bytes: Buffer): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(bytes.toString("latin1", at, Math.max(at, space)));
    if (!Number.isInteger(length) || length < 5 || at + length > bytes.length) throw refused("a long name is damaged");
    const record = bytes.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    const key = record.slice(0, equals);
    if (key !== "path" && key !== "linkpath") throw refused(`it has a record of ${printable(key, 40)}`);
    found[key] = record.slice(equals + 1);
    at += length;
  }
  return found;
}

function refused(why: string): CordonError {
  return new CordonError("image-changed", `the image's layer can't be unpacked: ${why}`);
}
