// Where words go: results to stdout, everything else to stderr as lines that begin with `cordon:`. It must never leave the end of a
// text unwritten when the process exits at once, so it writes to the descriptors itself.
import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { errnoOf } from "../core/error.js";
import type { Output } from "./command.js";

type Env = Readonly<Record<string, string | undefined>>;

/** NO_COLOR beats FORCE_COLOR; without either, a terminal that isn't dumb gets colour. */
export function wantsColour(env: Env, isTerminal: boolean): boolean {
  const { NO_COLOR: none, FORCE_COLOR: force, TERM: terminal } = env;
  if (none !== undefined && none !== "") return false;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && terminal !== "dumb";
}

export function makeOutput(env: Env, quiet: boolean): Output {
  return {
    print: (text) => writeAll(1, withNewline(text)),
    note: (text) => {
      if (!quiet) writeAll(2, withNewline(noteText(text)));
    },
    colour: wantsColour(env, isatty(1)),
    interactive: !quiet && isatty(2),
  };
}

export function noteText(text: string): string {
  return text.startsWith("cordon: ") ? text : `cordon: ${text}`;
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

const RETRY_MS = 5;
const MAX_WAIT_MS = 30_000;

/** A reader that went away is no error of ours; one that never reads isn't waited for without end. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0, waitedMs = 0; at < bytes.length && waitedMs < MAX_WAIT_MS; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (errnoOf(error) !== "EAGAIN") return;
      waitedMs += RETRY_MS;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/**
 * Node looks at `process.stderr` whenever a socket closes and at `process.stdout` whenever a stream is piped. The streams that are then made
 * for pipes make these non-blocking: for the command too, which shares them, and whose longer output would fail (EAGAIN). Nothing here
 * writes to those streams.
 */
export function keepOutputBlocking(): void {
  for (const [name, fd] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        writeAll(fd, String(chunk));
        done();
      },
    });
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
}
