// Where words go: results to stdout, everything else to stderr as lines that begin with `cordon:`. It must never leave the end of a
// text unwritten when the process exits at once, so it writes to the descriptors itself.
import { writeSync } from "node:fs";
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
