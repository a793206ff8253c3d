// Sizes, durations, rates and shares as people write them. Parsers return undefined for anything they don't know:
// the caller has the place and says what is wrong.

const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `512M`, `2G`, `1.5G`, `4096`, also `MiB`/`MB` (both 1024-based, as systemd reads them), in bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s?([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Math.floor(Number(match[1]) * (SIZE_UNITS[(match[2] ?? "").toUpperCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `500ms`, `60s`, `5m`, `1h`, `2d`, `1h30m`, in milliseconds. A bare number isn't a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(count) * (DURATION_UNITS_MS[unit ?? ""] ?? Number.NaN);
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** `60/m`, `5/s`, `1000/h`, `100/d`. */
export function parseRate(text: string): Rate | undefined {
  const match = /^(\d{1,9})\/(s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const perMs = DURATION_UNITS_MS[match[2] ?? ""];
  return perMs === undefined ? undefined : { count: Number(match[1]), perMs };
}

/** `200%` as 2 (processors). */
export function parseCpuShare(text: string): number | undefined {
  const match = /^(\d{1,6})%$/.exec(text);
  if (match === null || Number(match[1]) === 0) return undefined;
  return Number(match[1]) / 100;
}

/** Bytes as a short text that `parseSize` reads back when exact: `512M`, else `1.5G`. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of Object.entries(SIZE_UNITS).reverse()) {
    if (bytes >= factor && factor > 1) {
      const count = bytes / factor;
      return `${Number.isInteger(count) ? count : count.toFixed(1)}${unit}`;
    }
  }
  return `${bytes}`;
}

/** Milliseconds as `1h30m`, `90s`, `250ms`. */
export function formatDuration(durationMs: number): string {
  let rest = durationMs;
  let text = "";
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === "" ? "0s" : text;
}
