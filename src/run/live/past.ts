// What is left of runs that have ended: their records. Read only; `cordon audit verify` says whether one is whole.
import { posix } from "node:path";
import { parseLine } from "../../audit/format.js";
import { readLines } from "../../audit/lines.js";
import { listRecords, RECORDS, type RunRecord } from "../../audit/store.js";
import { userFacts } from "../../host/probe/user.js";

type Env = Readonly<Record<string, string | undefined>>;
type Fields = Readonly<Record<string, unknown>>;

export interface PastRun {
  readonly id: string;
  readonly name: string;
  readonly command: readonly string[];
  readonly workspace: string;
  readonly started: string;
}

const SHOWN = 50;

/** The newest records of the default place, the oldest of them first. */
export function pastRuns(env: Env): readonly PastRun[] {
  return recordsIn(defaultPlace(env))
    .slice(-SHOWN)
    .flatMap((record) => {
      const run = pastRun(record);
      return run === undefined ? [] : [run];
    });
}

export function recordsIn(folder: string): readonly RunRecord[] {
  try {
    return listRecords(folder);
  } catch {
    return [];
  }
}

/** `audit.dir` as it is without a policy that says otherwise. */
export function defaultPlace(env: Env): string {
  const { home } = userFacts({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, env });
  return posix.join(home, ".local/state/cordon", RECORDS);
}

/** Calls for each event of a record in order. */
export function eventsOf({ parts }: RunRecord, each: (event: Fields) => void): void {
  for (const { file } of parts) {
    readLines(file, {
      line: (bytes) => {
        if (parseLine(bytes)?.kind !== "event") return;
        const { prev: _prev, ...event } = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
        each(event);
      },
    });
  }
}

function pastRun(record: RunRecord): PastRun | undefined {
  let first: Fields | undefined;
  try {
    eventsOf({ ...record, parts: record.parts.slice(0, 1) }, (event) => {
      first ??= event;
    });
  } catch {
    return undefined;
  }
  const { name, command, workspace, time } = first ?? {};
  if (typeof name !== "string" || typeof workspace !== "string" || typeof time !== "string") return undefined;
  const words = Array.isArray(command) ? command.filter((word): word is string => typeof word === "string") : [];
  return { id: record.run, name, command: words, workspace, started: time };
}
