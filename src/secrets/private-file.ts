// Small files that hold values: read whole within a bound, and replaced so that at every moment the old or the new one is there, for their
// owner's eyes only.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { errnoOf } from "../core/error.js";

const MAX_BYTES = 1024 * 1024;

/** Undefined: there is none, or nothing that could be read as one. */
export function readPrivate(path: string, more = 0): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | more);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
  try {
    return textOf(fd);
  } finally {
    closeSync(fd);
  }
}

export function textOf(fd: number): string | undefined {
  const { size } = fstatSync(fd);
  if (!fstatSync(fd).isFile() || size > MAX_BYTES) return undefined;
  const buffer = Buffer.alloc(size);
  const bytes = readSync(fd, buffer, 0, size, 0);
  const text = buffer.toString("utf8", 0, bytes);
  buffer.fill(0);
  return text;
}

/** A link stays one: the file that it leads to is replaced. */
export function replacePrivate(path: string, text: string): void {
  const real = realOr(path);
  const fresh = `${real}.${randomBytes(6).toString("hex")}.new`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(fresh);
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, real);
}

function realOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Another one whenever the file was written or replaced; undefined: there is none. */
export function stampOf(path: string): string | undefined {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}
