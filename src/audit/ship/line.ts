// A line of the record as receivers sort it: run, number, kind, time, how bad it is. Pure. The line itself is what is shipped; nothing that
// is read here may stop it: a line that can't be read has no members.

export interface ReadLine {
  readonly run: string;
  readonly type: string;
  readonly seq: number | undefined;
  /** Milliseconds since 1970, or undefined when the line doesn't say. */
  readonly timeMs: number | undefined;
  /** What else it says in plain values: texts (bounded), numbers, truth values. */
  readonly members: readonly (readonly [name: string, value: string | number | boolean])[];
}

const BASE = new Set(["run", "type", "seq", "time"]);
const MAX_MEMBERS = 32;
const MAX_TEXT = 1024;

export function readLine(line: string): ReadLine {
  const table = tableOf(line);
  const timeMs = typeof table["time"] === "string" ? Date.parse(table["time"]) : Number.NaN;
  return {
    run: typeof table["run"] === "string" ? table["run"] : "",
    type: typeof table["type"] === "string" ? table["type"] : "record",
    seq: typeof table["seq"] === "number" ? table["seq"] : undefined,
    timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
    members: Object.entries(table).flatMap(plainMember).slice(0, MAX_MEMBERS),
  };
}

function tableOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

function plainMember([name, value]: readonly [string, unknown]): ReadLine["members"] {
  if (BASE.has(name) || !/^[A-Za-z][A-Za-z0-9]{0,31}$/.test(name)) return [];
  if (typeof value === "string") return [[name, value.slice(0, MAX_TEXT)]];
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return [[name, value]];
  const isArgv = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
  return isArgv ? [[name, value.join(" ").slice(0, MAX_TEXT)]] : [];
}

/** As in RFC 5424: 1 is an alert, 7 is for debugging. */
export type Severity = 1 | 2 | 3 | 4 | 5 | 6;

const SEVERITIES: ReadonlyMap<string, Severity> = new Map(
  Object.entries<Severity>({
    alert: 1,
    gap: 1,
    "file.canary": 2,
    "network.denied": 4,
    "dns.denied": 4,
    "file.protected": 4,
    "limit.hit": 4,
    "approval.asked": 5,
    "approval.answered": 5,
    "run.started": 5,
    "run.exited": 5,
  }),
);

export function severityOf({ type, members }: ReadLine): Severity {
  if (type === "run.exited" && members.some(([name, value]) => name === "reason" && value === "failed")) return 3;
  return SEVERITIES.get(type) ?? 6;
}
