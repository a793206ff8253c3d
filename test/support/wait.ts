// Waiting for something to become true: looked at often, given up on after a time limit, never a fixed pause.

import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 10;
/** How many times longer everything takes where the tests run under emulation (test/vm). */
const FACTOR = Number(process.env["CORDON_TEST_TIME_FACTOR"] ?? 1);

/** A time limit on this machine. */
export function patience(timeoutMs: number): number {
  return timeoutMs * FACTOR;
}

/** Resolves with the first value that isn't undefined or false; rejects with `what` after the time limit. */
export async function until<T>(what: string, probe: () => T | undefined | false, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + patience(timeoutMs);
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${patience(timeoutMs)} ms: ${what}`);
    await pause(INTERVAL_MS);
  }
}
