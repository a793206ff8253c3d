// Reads one line that must not be seen: from a terminal without showing it, or from a pipe.
import { readSync } from "node:fs";
import { isatty } from "node:tty";
import { CordonError, errnoOf } from "../core/error.js";
import { writeAll } from "./output.js";

const MAX_BYTES = 65_536;

export async function readHidden(prompt: string): Promise<string> {
  return isatty(0) ? readTyped(prompt) : readPiped();
}

function readPiped(): string {
  const buffer = Buffer.alloc(MAX_BYTES);
  let length = 0;
  for (let more = -1; more !== 0 && length < MAX_BYTES; length += more) more = readSome(buffer, length);
  const text = buffer.toString("utf8", 0, length).replace(/[\r\n]+$/, "");
  buffer.fill(0);
  if (text === "" || length >= MAX_BYTES) throw new CordonError("usage", "stdin has no value on it, or too long a one");
  return text;
}

function readSome(buffer: Buffer, at: number): number {
  try {
    return readSync(0, buffer, at, buffer.length - at, null);
  } catch (error) {
    if (errnoOf(error) !== "EAGAIN") return 0;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return readSome(buffer, at);
  }
}

function readTyped(prompt: string): Promise<string> {
  const { stdin } = process;
  writeAll(2, prompt);
  stdin.setRawMode(true);
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (settle: () => void) => {
      stdin.setRawMode(false);
      stdin.off("data", take).pause();
      writeAll(2, "\n");
      settle();
    };
    const take = (chunk: Buffer) => {
      for (const letter of chunk.toString("utf8")) {
        if (letter === "\r" || letter === "\n") return end(() => resolve(typed));
        // Ctrl-C and Ctrl-D; the terminal doesn't act on them now.
        if (letter === "\u0003" || letter === "\u0004")
          return end(() => reject(new CordonError("usage", "nothing was stored")));
        typed = letter === "\u007f" || letter === "\b" ? typed.slice(0, -1) : typed + letter;
      }
    };
    stdin.on("data", take).resume();
  });
}
