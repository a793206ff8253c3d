// How long to wait before the next attempt: longer each time, and never the same for many senders at once. Pure.

const FIRST_MS = 500;
const MOST_MS = 60_000;

/** `failures` counts from 1; `random` is from 0 to 1. Between a half and the whole of the span, or what the receiver asked for. */
export function backoffMs(failures: number, random: number, askedMs = 0): number {
  const span = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(askedMs, Math.round(span * (0.5 + random / 2)));
}
