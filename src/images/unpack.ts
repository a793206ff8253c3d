// A layer into a folder, by an ordinary user: owners are left out, nothing is followed, nothing is set-user-ID. And the comparison of
// such a folder with what was unpacked into it.
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { type TakeBytes, type TarHeader, tarEntries, tarPadding } from "./tar.js";

export interface SealedEntry {
  /** Relative; empty for the root. */
  readonly path: string;
  readonly type: TarHeader["type"];
  /** Digest of a file, value of a link. */
  readonly content: string;
  /** See `statText`. */
  readonly stat: string;
}

const CHUNK = 1024 * 1024;

/** What the kernel knows of a file: a change of content, mode, name or links in it shows, for a change's time can't be set. */
export function statText(path: string): string {
  const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return status === undefined ? "" : [status.mode, status.size, status.ino, status.ctimeNs].join(":");
}

/** Gives the list of what was made. */
export function unpackTree(fd: number, root: string): readonly SealedEntry[] {
  const made: Omit<SealedEntry, "stat">[] = [{ path: "", type: "directory", content: "" }];
  const folders = new Set([""]);
  const take = taker(fd);
  for (const header of tarEntries(take)) {
    const { path, type, value } = header;
    const parent = posix.dirname(path);
    // SECURITY: every parent is a folder that was made here, so no link of the layer is ever walked through.
    if (!folders.has(parent === "." ? "" : parent)) throw refused(`${printable(path, 80)} has no folder before it`);
    const target = posix.join(root, path);
    if (type === "directory") {
      mkdirSync(target);
      // Not left to the umask: the command may have another id than who unpacks.
      chmodSync(target, (header.mode & 0o777) | 0o700);
      folders.add(path);
    } else if (type === "symlink") symlinkSync(value, target);
    const content = type === "file" ? writeContent(target, header, take) : value;
    made.push({ path, type, content });
  }
  return made.map((entry) => ({ ...entry, stat: statText(posix.join(root, entry.path)) }));
}

function writeContent(target: string, { size, mode }: TarHeader, take: TakeBytes): string {
  const hash = createHash("sha256");
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(target, flags, 0o600);
  try {
    fchmodSync(fd, (mode & 0o777) | 0o400);
    for (let left = size; left > 0; ) {
      const bytes = take(Math.min(left, CHUNK));
      if (bytes.length === 0) throw refused("it ends in the middle");
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      left -= bytes.length;
    }
  } finally {
    closeSync(fd);
  }
  take(tarPadding(size).length);
  return hash.digest("hex");
}

/** Reads ahead in large pieces; what it gives is good until the next call. */
function taker(fd: number): TakeBytes {
  const buffer = Buffer.allocUnsafe(CHUNK * 2);
  let [start, end] = [0, 0];
  return (length) => {
    if (end - start < length) {
      buffer.copyWithin(0, start, end);
      [start, end] = [0, end - start];
      for (let read = 1; read > 0 && end < buffer.length; end += read)
        read = readSync(fd, buffer, end, buffer.length - end, null);
    }
    const bytes = buffer.subarray(start, Math.min(end, start + length));
    start += bytes.length;
    return bytes;
  };
}

/** Compares all names and contents; gives the list anew, with what the kernel knows of the files now. */
export function checkTree(root: string, sealed: readonly SealedEntry[]): readonly SealedEntry[] {
  const expected = new Map(sealed.map((entry) => [entry.path, entry]));
  for (const path of ["", ...namesBelow(root, "")]) {
    const entry = expected.get(path);
    if (entry === undefined) throw changed(path, "wasn't there");
    if (contentOf(posix.join(root, path), entry.type) !== entry.content) throw changed(path, "was changed");
    if (modeOf(entry.stat) !== modeOf(statText(posix.join(root, path)))) throw changed(path, "has other permissions");
    expected.delete(path);
  }
  for (const path of expected.keys()) throw changed(path, "is missing");
  return sealed.map((entry) => ({ ...entry, stat: statText(posix.join(root, entry.path)) }));
}

function namesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(posix.join(root, folder)).flatMap((name) => {
    const path = posix.join(folder, name);
    return lstatSync(posix.join(root, path)).isDirectory() ? [path, ...namesBelow(root, path)] : [path];
  });
}

/** Nothing when it is of another type. */
function contentOf(path: string, type: SealedEntry["type"]): string | undefined {
  const status = lstatSync(path);
  if (type === "directory") return status.isDirectory() ? "" : undefined;
  if (type === "symlink") return status.isSymbolicLink() ? readlinkSync(path) : undefined;
  return status.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : undefined;
}

function modeOf(stat: string): string {
  return stat.split(":", 1)[0] ?? "";
}

function refused(why: string): CordonError {
  return new CordonError("image-changed", `the image's layer can't be unpacked: ${why}`);
}

function changed(path: string, how: string): CordonError {
  return new CordonError("image-changed", `the unpacked image was changed: /${printable(path, 120)} ${how}`, {
    hint: "find out who did it; then remove its folder in ~/.local/state/cordon/images/trees",
  });
}
