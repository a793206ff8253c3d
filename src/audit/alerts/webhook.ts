// Alerts to webhooks: in the same form as the record is shipped in, a few attempts each, in order, within a bound. They aren't kept on
// disk: the record has them.
import { setTimeout as pause } from "node:timers/promises";
import { backoffMs } from "../ship/backoff.js";
import type { Batch, Receiver } from "../ship/receiver.js";

const MAX_WAITING = 100;
const ATTEMPTS = 5;

export class AlertWebhook {
  readonly #receiver: Receiver;
  readonly #abort = new AbortController();
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** false: too many wait already. */
  send(batch: Batch): boolean {
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting += 1;
    this.#last = this.#last
      .then(() => this.#deliver(batch))
      .finally(() => {
        this.#waiting -= 1;
      });
    return true;
  }

  /** Waits so long for what is on its way. */
  async close(withinMs: number): Promise<void> {
    await Promise.race([this.#last, pause(withinMs, undefined, { ref: false })]);
    this.#abort.abort();
    await this.#last;
    this.#receiver.close();
  }

  async #deliver(batch: Batch): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; failures < ATTEMPTS && !signal.aborted; ) {
      try {
        await this.#receiver.send(batch, signal);
        return;
      } catch {
        failures += 1;
        await pause(backoffMs(failures, Math.random()), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
