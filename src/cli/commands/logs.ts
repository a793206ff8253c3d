// `cordon logs`: the events of a run, one line each. What is recorded already comes from its record; what is to come, over its socket.
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { formatEvent } from "../../events/jsonl.js";
import type { Event } from "../../events/types.js";
import { chooseRun, type FoundRun, findRuns } from "../../run/live/find.js";
import { defaultPlace, eventsOf, recordsIn } from "../../run/live/past.js";
import { flag, type Invocation, text, texts } from "../command.js";
import { linkTo } from "../runs.js";
import { entryLine, painter } from "./audit/lines.js";

interface Found {
  readonly id: string;
  readonly name: string;
  readonly live?: FoundRun;
  /** The folder of its record. */
  readonly folder: string;
}

export async function run(invocation: Invocation): Promise<number> {
  const { positionals } = invocation;
  if (positionals.length > 1) throw new CordonError("usage", "logs shows one run", { hint: "cordon ps lists them" });
  const found = find(invocation, positionals[0]);
  const printer = new Printer(invocation);
  const last = printPast(found, printer, 0);
  const follows = flag(invocation, "follow") && found.live?.state === "alive";
  // Without a record, what the run itself still remembers.
  if (found.live?.state === "alive" && (follows || last === 0)) {
    if (follows) printer.flush();
    const seen = await printLive(found.live, { last, follows }, printer);
    // A run that ended before it could tell everything: the rest is in its record by then.
    if (follows) printPast(found, printer, seen);
  }
  printer.flush();
  return 0;
}

/** The number of the last event that the run told. */
async function printLive(
  live: FoundRun,
  { last, follows }: { readonly last: number; readonly follows: boolean },
  printer: Printer,
): Promise<number> {
  const link = await linkTo(live);
  let seen = last;
  try {
    for await (const event of link.events(last + 1, follows)) {
      if (typeof event["seq"] === "number") seen = event["seq"];
      printer.take(event);
      if (follows) printer.flush();
    }
  } catch (error) {
    if (!follows || link.open) throw error;
  } finally {
    link.close();
  }
  return seen;
}

/** The named run, running or ended; without a name the last one. */
function find({ env }: Invocation, name: string | undefined): Found {
  const live = findRuns(env);
  const known: Found[] = live.map((each) => ({
    id: each.id,
    name: each.name,
    live: each,
    folder: each.record?.audit === undefined ? defaultPlace(env) : posix.dirname(each.record.audit),
  }));
  const past = recordsIn(defaultPlace(env))
    .filter(({ run }) => known.every(({ id }) => id !== run))
    .map(({ run }) => ({ id: run, name: run.slice(0, -9), folder: defaultPlace(env) }));
  if (name === undefined) {
    const newest = known.at(-1) ?? past.at(-1);
    if (newest === undefined) throw new CordonError("run-unknown", "there is no run yet");
    return newest;
  }
  // A name is that of the run that runs; else of the last one that had it.
  const same = known.some((each) => each.name === name) ? known : past.filter((each) => each.name === name).slice(-1);
  return chooseRun(same.length > 0 ? same : [...past, ...known], name);
}

/** Events after that number; gives the number of the last one that was there. */
function printPast({ id, folder }: Found, printer: Printer, after: number): number {
  const record = recordsIn(folder).find(({ run }) => run === id);
  let last = after;
  if (record === undefined) return after;
  eventsOf(record, (event) => {
    if (typeof event["seq"] === "number" && event["seq"] <= after) return;
    if (typeof event["seq"] === "number") last = event["seq"];
    printer.take(event);
  });
  return last;
}

/** Filters, and keeps the last ones only when so many are asked for. */
class Printer {
  readonly #invocation: Invocation;
  readonly #types: readonly string[];
  readonly #most: number | undefined;
  #kept: string[] = [];

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#types = texts(invocation, "type");
    this.#most = countOf(text(invocation, "lines"));
  }

  take(fields: Readonly<Record<string, unknown>>): void {
    // Checked border: a line of the record or of the run's own socket; the texts in it are escaped when they are shown.
    const event = fields as unknown as Event;
    if (this.#types.length > 0 && !this.#types.some((type) => matches(event.type, type))) return;
    const line = flag(this.#invocation, "json") ? formatEvent(event).trimEnd() : this.#textOf(fields);
    if (this.#most === undefined) this.#invocation.out.print(line);
    else {
      this.#kept.push(line);
      if (this.#kept.length > this.#most) this.#kept.shift();
    }
  }

  #textOf(value: Readonly<Record<string, unknown>>): string {
    const { out } = this.#invocation;
    return entryLine({ run: "", file: "", line: 0, text: "", value }, painter(out.colour));
  }

  flush(): void {
    for (const line of this.#kept) this.#invocation.out.print(line);
    this.#kept = [];
  }
}

/** `network` is every type that begins with `network.`. */
function matches(type: string, wanted: string): boolean {
  return type === wanted || type.startsWith(`${wanted}.`);
}

function countOf(lines: string | undefined): number | undefined {
  if (lines === undefined) return undefined;
  if (/^\d{1,7}$/.test(lines)) return Number(lines);
  throw new CordonError("usage", "it isn't a number of lines", { place: "--lines" });
}
