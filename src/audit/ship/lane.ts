// One receiver and its spool: sends what waits, in order, batch after batch, again and again until it is taken. It never gives a line up
// by itself, and never waits but for time, the receiver, and new lines.
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { backoffMs } from "./backoff.js";
import { DeliveryError, type Receiver } from "./receiver.js";
import type { Spool, SpooledBatch } from "./spool.js";

export interface LaneOptions {
  /** For people: where it leads. */
  readonly name: string;
  readonly spool: Spool;
  readonly receiver: Receiver;
  /** Lines in one delivery at most. */
  readonly batch: number;
  readonly random?: () => number;
  /** The receiver has them and says that it won't keep so many. */
  readonly refused?: (name: string, count: number, reason: string) => void;
}

/** How a lane stands; `problem` is why its last attempt failed. */
export interface LaneReport {
  readonly name: string;
  readonly waiting: number;
  readonly delivered: number;
  readonly problem?: string;
}

/** After the first new line, so that those that follow at once go with it. */
const LINGER_MS = 200;
/** Between attempts when the end is near. */
const LAST_PAUSE_MS = 500;

export class Lane {
  readonly #options: LaneOptions;
  readonly #abort = new AbortController();
  readonly #pump: Promise<void>;
  #wake = new AbortController();
  #idle: (() => void) | undefined;
  #ending = false;
  #failures = 0;
  #problem: string | undefined;
  #delivered = 0;
  #maxLines: number;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#maxLines = options.batch;
    this.#pump = this.#run();
  }

  get name(): string {
    return this.#options.name;
  }

  /** There are new lines in the spool. */
  poke(): void {
    this.#wake.abort();
  }

  /** Tries without long pauses until everything is delivered or the time is over, then stops. */
  async finish(withinMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    this.#ending = true;
    this.#wake.abort();
    await Promise.race([drained, pause(withinMs, undefined, { signal: this.#abort.signal }).catch(() => undefined)]);
    await this.close();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#wake.abort();
    await this.#pump;
    this.#options.receiver.close();
    this.#options.spool.close();
  }

  report(): LaneReport {
    const waiting = this.#options.spool.countLines();
    return {
      name: this.name,
      waiting,
      delivered: this.#delivered,
      ...(waiting === 0 || this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async #run(): Promise<void> {
    // Whoever made this goes on first.
    await Promise.resolve();
    while (!this.#abort.signal.aborted) {
      try {
        const batch = await this.#options.spool.next(this.#maxLines);
        if (batch === undefined) await this.#rest();
        else await this.#deliver(batch);
      } catch (error) {
        await this.#failed(error);
      }
    }
    this.#idle?.();
  }

  async #deliver(batch: SpooledBatch): Promise<void> {
    const { receiver, spool, batch: most } = this.#options;
    const receipt = await receiver.send(batch, this.#abort.signal);
    if (receipt.refused !== undefined) this.#refuse(receipt.refused.count, receipt.refused.reason);
    this.#failures = 0;
    this.#problem = undefined;
    this.#maxLines = most;
    this.#delivered += batch.lines.length;
    spool.done(batch);
  }

  /** Nothing waits: sleep until there is something, and a little longer. */
  async #rest(): Promise<void> {
    if (this.#ending) {
      this.#idle?.();
      this.#abort.abort();
      return;
    }
    await this.#sleep(undefined);
    if (!this.#ending) await pause(LINGER_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const details = error instanceof DeliveryError ? error : undefined;
    if (details?.tooLarge === true && (await this.#smaller())) return;
    this.#failures += 1;
    this.#problem = printable(messageOf(error), 300);
    const waitMs = backoffMs(this.#failures, (this.#options.random ?? Math.random)(), details?.retryAfterMs);
    await this.#sleep(this.#ending ? Math.min(waitMs, LAST_PAUSE_MS) : waitMs);
  }

  /** Half as many lines; one that is too large by itself is passed over, and told, since it would hold up all others for ever. */
  async #smaller(): Promise<boolean> {
    const { spool } = this.#options;
    const batch = await spool.next(this.#maxLines);
    if (batch === undefined) return false;
    if (batch.lines.length === 1) {
      this.#refuse(1, "it is too large");
      spool.done(batch);
    } else {
      this.#maxLines = Math.ceil(batch.lines.length / 2);
      spool.recut();
    }
    return true;
  }

  #refuse(count: number, reason: string): void {
    this.#options.refused?.(this.name, count, printable(reason, 200));
  }

  /** Until somebody pokes, or the time is over. A poke during a pause after a failure doesn't shorten it, but for the end of the run. */
  async #sleep(ms: number | undefined): Promise<void> {
    if (ms === undefined) {
      if (!this.#wake.signal.aborted)
        await new Promise<void>((resolve) =>
          this.#wake.signal.addEventListener("abort", () => resolve(), { once: true }),
        );
      this.#wake = new AbortController();
      return;
    }
    const until = performance.now() + ms;
    while (performance.now() < until && !this.#abort.signal.aborted) {
      const { signal } = this.#wake;
      await pause(Math.max(1, until - performance.now()), undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) return;
      this.#wake = new AbortController();
      if (this.#ending) return;
    }
  }
}
