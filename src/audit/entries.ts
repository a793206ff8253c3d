// Reads the entries of records for people and other programs: events with the filters that the user asked for. What can't be understood is
// handed over as such, never left out.
import { jsonOf } from "./format.js";
import { readLines } from "./lines.js";
import type { RunRecord } from "./store.js";

export interface Entry {
  readonly run: string;
  readonly file: string;
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  /** undefined: it isn't JSON. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

export interface EntryFilter {
  /** Ids of runs, or beginnings of them. */
  readonly runs: readonly string[];
  /** Names of events, or their first part: `network`. */
  readonly types: readonly string[];
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** A name, `*.example.com`, or an address. */
  readonly host?: string;
}

export function wantsRun({ runs }: EntryFilter, run: string): boolean {
  return runs.length === 0 || runs.some((wanted) => run === wanted || run.startsWith(`${wanted}-`));
}

export function* entriesOf(records: readonly RunRecord[], filter: EntryFilter): Generator<readonly Entry[]> {
  for (const { run, parts } of records.filter((record) => wantsRun(filter, record.run))) {
    for (const { file } of parts) {
      const entries: Entry[] = [];
      let line = 0;
      readLines(file, {
        line: (bytes) => {
          line += 1;
          const entry = entryOf({ run, file, line }, bytes);
          if (isWanted(filter, entry)) entries.push(entry);
        },
      });
      yield entries;
    }
  }
}

export function entryOf(place: Pick<Entry, "run" | "file" | "line">, bytes: Buffer): Entry {
  return { ...place, text: bytes.toString("utf8"), value: jsonOf(bytes) };
}

/** A line that can't be understood is shown, unless something is asked for that it can't be. */
export function isWanted({ types, sinceMs, untilMs, host }: EntryFilter, { value }: Entry): boolean {
  if (value === undefined) return types.length === 0 && host === undefined;
  const { type, time } = value;
  if (types.length > 0 && !types.some((wanted) => type === wanted || String(type).startsWith(`${wanted}.`)))
    return false;
  if (types.length === 0 && (type === "checkpoint" || type === "gap") && host !== undefined) return false;
  const timeMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (sinceMs !== undefined && !(timeMs >= sinceMs)) return false;
  if (untilMs !== undefined && !(timeMs <= untilMs)) return false;
  return host === undefined || isHost(host, value["host"] ?? value["name"]);
}

function isHost(wanted: string, host: unknown): boolean {
  if (typeof host !== "string") return false;
  return wanted.startsWith("*.") ? host.endsWith(wanted.slice(1)) : host === wanted;
}
