// One timer of a run at a time: the launch, the time limit, the grace period. Setting it replaces the one before. Held, it stands still.

/** The longest that a Node timer can wait (about 25 days); longer ones are waited for in parts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Waiting {
  /** By the clock of `nowMs`. */
  readonly dueMs: number;
  readonly reached: () => void;
}

export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting | undefined;
  #held: { readonly leftMs: number; readonly reached: () => void } | undefined;

  set(delayMs: number, reached: () => void): void {
    this.clear();
    this.#waiting = { dueMs: nowMs() + delayMs, reached };
    const part = Math.min(delayMs, MAX_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (delayMs > part) this.set(delayMs - part, reached);
      else {
        this.#waiting = undefined;
        reached();
      }
    }, part);
  }

  /** What is left of the time is kept for `release`. A timer that is set in between runs as always. */
  hold(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.clear();
    this.#held = { leftMs: Math.max(0, waiting.dueMs - nowMs()), reached: waiting.reached };
  }

  release(): void {
    const held = this.#held;
    if (held !== undefined) this.set(held.leftMs, held.reached);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = undefined;
    this.#held = undefined;
  }
}

// Not performance.now(): the first use of it loads a module of Node's.
function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
