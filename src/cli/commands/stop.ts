// `cordon stop`: ends runs in order, and waits until everything in them is dead.
import { CordonError } from "../../core/error.js";
import { parseDurationMs } from "../../core/units.js";
import type { RunLink } from "../../run/live/client.js";
import type { FoundRun } from "../../run/live/find.js";
import { lives } from "../../run/live/record.js";
import { flag, type Invocation, text } from "../command.js";
import { askEach, liveRuns, namedRuns, whoAsks } from "../runs.js";

const DEFAULT_GRACE_MS = 10_000;
/** After the grace period, for the end of everything and of the supervisor. */
const END_MS = 10_000;

export async function run(invocation: Invocation): Promise<number> {
  const all = flag(invocation, "all");
  if (all && invocation.positionals.length > 0)
    throw new CordonError("usage", "either runs are named, or --all is given", { place: "--all" });
  const runs = all ? liveRuns(invocation) : namedRuns(invocation, "stop");
  const graceMs = graceOf(invocation);
  const reason = text(invocation, "reason");
  return askEach(invocation, runs, (link, found) => stop(link, found, { graceMs, reason }));
}

function graceOf(invocation: Invocation): number {
  if (flag(invocation, "kill")) return 0;
  const time = text(invocation, "time");
  if (time === undefined) return DEFAULT_GRACE_MS;
  const graceMs = parseDurationMs(time);
  if (graceMs === undefined)
    throw new CordonError("usage", "it isn't a duration", { place: "--time", hint: "for example 10s or 1m" });
  return graceMs;
}

interface Asked {
  readonly graceMs: number;
  readonly reason: string | undefined;
}

async function stop(link: RunLink, { record }: FoundRun, { graceMs, reason }: Asked): Promise<void> {
  await link.ask({ do: "stop", by: whoAsks("stop"), graceMs, ...(reason === undefined ? {} : { reason }) });
  const deadline = Date.now() + graceMs + END_MS;
  // A program that uses the library lives longer than its run.
  const runs = () => link.open && record !== undefined && lives(record.supervisor);
  while (runs() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  if (runs()) throw new CordonError("run-refused", "it hasn't ended in time");
}
