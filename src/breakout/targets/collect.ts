// Collects what a program prints, up to a bound, and waits for its end within a time.
import type { Readable } from "node:stream";

const MAX_BYTES = 512 * 1024;

/** Nobody holds the other end any more; this only bounds a broken sandbox. */
const LAST_WORDS_MS = 2000;

export class Output {
  #text = "";
  readonly #ends: Promise<unknown>[] = [];

  read(stream: Readable | null): void {
    if (stream !== null) this.#ends.push(new Promise((settle) => stream.once("close", settle)));
    stream?.on("error", () => undefined);
    stream?.on("data", (chunk: Buffer) => {
      if (this.#text.length < MAX_BYTES) this.#text += chunk.toString("latin1");
    });
  }

  get soFar(): string {
    return this.#text;
  }

  /** All of it, when the program has ended. */
  async whole(): Promise<string> {
    await within(Promise.all(this.#ends), LAST_WORDS_MS);
    return this.#text;
  }
}

/** Settles with whether it came in time. */
export async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((settle) => {
    timer = setTimeout(() => settle(false), limitMs);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
