// Time that only goes forward, for everything that is measured or waited for: the clock of the wall can be set while a run goes on.

export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
