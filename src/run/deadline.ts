// One timer of a run at a time: the launch, the time limit, the grace period. Setting it replaces the one before.

/** The longest that a Node timer can wait (about 25 days); longer ones are waited for in parts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  set(delayMs: number, reached: () => void): void {
    this.clear();
    const part = Math.min(delayMs, MAX_TIMER_MS);
    this.#timer = setTimeout(() => (delayMs > part ? this.set(delayMs - part, reached) : reached()), part);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
