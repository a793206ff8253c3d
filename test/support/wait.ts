// Waiting for something to become true: looked at often, given up on after a time limit, never a fixed pause.

import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 10;

/** Resolves with the first value that isn't undefined or false; rejects with `what` after the time limit. */
export async function until<T>(what: string, probe: () => T | undefined | false, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(INTERVAL_MS);
  }
}
