// Events as lines of JSON, in a file or on a descriptor. A line must never hold a character that ends it early or that a
// terminal would obey.
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { CordonError, errnoOf, messageOf } from "../core/error.js";
import type { Event } from "./types.js";

// What JSON.stringify leaves as it is but a terminal or a line reader might act on: DEL, C1, directions, line separators.
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export function formatEvent(event: Event): string {
  const json = JSON.stringify(event);
  return `${json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

export interface EventFile {
  readonly write: (event: Event) => void;
  readonly close: () => void;
}

/**
 * `-` is stderr. A file is only ever added to, and is private when it is new.
 * SECURITY: opened without following a link at its end; only regular files, so that a FIFO can't hold the run up.
 */
export function openEventFile(target: string): EventFile {
  if (target === "-") return { write: (event) => writeAll(2, formatEvent(event)), close: () => undefined };
  const fd = open(target);
  return { write: (event) => writeAll(fd, formatEvent(event)), close: () => closeSync(fd) };
}

function open(target: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(target, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw new CordonError("usage", `events can't be written there: ${messageOf(error)}`, {
      place: "--events",
      cause: error,
    });
  }
  if (!fstatSync(fd).isFile()) {
    closeSync(fd);
    throw new CordonError("usage", `${target} isn't a regular file`, { place: "--events" });
  }
  return fd;
}

function writeAll(fd: number, line: string): void {
  const bytes = Buffer.from(line);
  for (let at = 0, tries = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that is full for the moment: wait a little without giving up the order of lines.
      if (errnoOf(error) !== "EAGAIN" || tries >= 200) throw error;
      tries += 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
