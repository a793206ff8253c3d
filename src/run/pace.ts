// Reads a busy stream in pieces. When many small messages come within a moment, waking up for each costs both sides more than the
// messages do; the kernel's buffer collects them meanwhile, and when that is full whoever writes waits. Nothing is lost or reordered.
import type { Socket } from "node:net";

/** More than so many messages within a span are a storm. */
const MANY = 16;
const SPAN_MS = 20;
/** How long a storm is left to collect; a message comes so much later at the most. */
const REST_MS = 5;

export class Pace {
  readonly #stream: Socket;
  #sinceMs = 0;
  #count = 0;

  constructor(stream: Socket) {
    this.#stream = stream;
  }

  /** Called with how many messages came at once. */
  saw(messages: number): void {
    const nowMs = Number(process.hrtime.bigint() / 1_000_000n);
    if (nowMs - this.#sinceMs >= SPAN_MS) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count += messages;
    if (this.#count <= MANY || this.#stream.destroyed) return;
    this.#stream.pause();
    setTimeout(() => this.#stream.resume(), REST_MS);
  }
}
