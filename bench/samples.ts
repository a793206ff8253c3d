// Times several cases in turns, so that whatever else the machine does hits all of them alike, and shows them as a table.
import { performance } from "node:perf_hooks";

export interface Case {
  readonly name: string;
  /** Does the thing once; rejects when it didn't work. */
  readonly once: () => Promise<void>;
  /** Takes back what `once` made; not timed. */
  readonly after?: () => void;
}

export interface Timing {
  readonly name: string;
  readonly samples: number;
  readonly medianMs: number;
  readonly minMs: number;
}

export interface Skipped {
  readonly name: string;
  readonly skipped: string;
}

export async function time(cases: readonly Case[], rounds: number, warmUps = 2): Promise<readonly Timing[]> {
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    // Each round begins with another case: none always follows the same one.
    for (let index = 0; index < cases.length; index++) {
      const each = cases[(index + round + warmUps) % cases.length];
      if (each === undefined) continue;
      const startedAt = performance.now();
      await each.once();
      const took = performance.now() - startedAt;
      each.after?.();
      if (round >= 0) samples.get(each.name)?.push(took);
    }
  }
  return cases.map(({ name }) => ({ name, ...summary(samples.get(name) ?? []) }));
}

export function summary(samples: readonly number[]): Omit<Timing, "name"> {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const medianMs = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { samples: sorted.length, medianMs: medianMs ?? 0, minMs: sorted[0] ?? 0 };
}

export interface Ratio {
  readonly name: string;
  readonly of: string;
  readonly to: string;
  readonly atMost?: number;
  readonly median: number;
  readonly min: number;
}

export function ratio(
  timings: readonly Timing[],
  wanted: Pick<Ratio, "name" | "of" | "to" | "atMost">,
): Ratio | undefined {
  const of = timings.find(({ name }) => name === wanted.of);
  const to = timings.find(({ name }) => name === wanted.to);
  if (of === undefined || to === undefined) return undefined;
  return { ...wanted, median: of.medianMs / to.medianMs, min: of.minMs / to.minMs };
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (sofar, row) => row.map((cell, at) => Math.max(sofar[at] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)));
  return rows.map((row) => line(row).join("  ").trimEnd()).join("\n");
}

/** With a base, each also as its multiple. */
export function timingRows(timings: readonly Timing[], base?: string): string[][] {
  const to = timings.find(({ name }) => name === base);
  const rows = timings.map(({ name, samples, medianMs, minMs }) => {
    const ratios = to === undefined ? [] : [(medianMs / to.medianMs).toFixed(2), (minMs / to.minMs).toFixed(2)];
    return [name, String(samples), medianMs.toFixed(1), minMs.toFixed(1), ...ratios];
  });
  return [
    ["", "n", "median ms", "min ms", ...(to === undefined ? [] : [`median / ${to.name}`, `min / ${to.name}`])],
    ...rows,
  ];
}

export function ratioRows(ratios: readonly Ratio[]): string[][] {
  const rows = ratios.map(({ name, median, min, atMost }) => {
    const verdict = atMost === undefined ? "" : median <= atMost ? `<= ${atMost}: met` : `<= ${atMost}: NOT MET`;
    return [name, median.toFixed(2), min.toFixed(2), verdict];
  });
  return [["", "by medians", "by minima", "target"], ...rows];
}
