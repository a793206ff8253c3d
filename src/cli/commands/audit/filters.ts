// The filters of `cordon audit` as they are written on the command line.
import type { EntryFilter } from "../../../audit/entries.js";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { parseDurationMs } from "../../../core/units.js";
import { type Invocation, text, texts } from "../../command.js";

export function filterOf(invocation: Invocation, nowMs = Date.now()): EntryFilter {
  const [since, until] = [timeOf(invocation, "since", nowMs), timeOf(invocation, "until", nowMs)];
  const host = text(invocation, "host");
  return {
    runs: texts(invocation, "run"),
    types: texts(invocation, "type"),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(host === undefined ? {} : { host }),
  };
}

/** `2h` is that long ago; else a date, with or without a time. */
function timeOf(invocation: Invocation, name: "since" | "until", nowMs: number): number | undefined {
  const given = text(invocation, name);
  if (given === undefined) return undefined;
  const ago = parseDurationMs(given);
  if (ago !== undefined) return nowMs - ago;
  // A date without a time is a day here, not in Greenwich.
  const time = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given.length === 10 ? `${given}T00:00` : given) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new CordonError("usage", `"${printable(given, 60)}" is neither a time nor a duration`, {
    place: `--${name}`,
    hint: "2h, 2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z",
  });
}
