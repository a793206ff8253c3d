// What the commands over running sandboxes share: who asks, which run is meant, and the way to its socket.
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { RunLink } from "../run/live/client.js";
import { chooseRun, type FoundRun, findRuns } from "../run/live/find.js";
import type { Invocation } from "./command.js";

/** In words, for the record of the run. */
export function whoAsks(command: string): string {
  return `cordon ${command} (process ${process.pid})`;
}

/** Runs that can be talked to. */
export function liveRuns({ env }: Invocation): readonly FoundRun[] {
  return findRuns(env).filter(({ state }) => state !== "lost");
}

/** The named run, or the only one there is. */
export function oneRun(invocation: Invocation, name: string | undefined): FoundRun {
  const runs = liveRuns(invocation);
  if (name !== undefined) return chooseRun(runs, name);
  const [only, ...more] = runs;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined) throw new CordonError("run-unknown", "nothing runs");
  throw new CordonError("run-unknown", "more than one sandbox runs", {
    hint: `name one: ${runs.map(({ id }) => id).join(", ")}`,
  });
}

export async function linkTo(run: FoundRun): Promise<RunLink> {
  if (run.state === "silent")
    throw new CordonError("run-refused", `the cordon of ${printable(run.id, 80)} is stopped and can't answer`, {
      hint: "continue it (fg, or kill -CONT)",
    });
  const link = await RunLink.open(run.folder);
  if (link !== undefined) return link;
  throw new CordonError("run-unknown", `${printable(run.id, 80)} has ended`);
}

/** One request to each run; says on stderr what one of them can't do. The exit status: 0 when all could. */
export async function askEach(
  { out }: Invocation,
  runs: readonly FoundRun[],
  ask: (link: RunLink, run: FoundRun) => Promise<void>,
): Promise<number> {
  const outcomes = await Promise.all(
    runs.map(async (run) => {
      try {
        const link = await linkTo(run);
        try {
          await ask(link, run);
        } finally {
          link.close();
        }
        return true;
      } catch (error) {
        if (!(error instanceof CordonError)) throw error;
        out.note(`${printable(run.id, 80)}: ${printable(error.toLine(), 400)}`);
        return false;
      }
    }),
  );
  return outcomes.every((done) => done) ? 0 : 1;
}

/** The runs that positionals name; at least one. */
export function namedRuns(invocation: Invocation, command: string): readonly FoundRun[] {
  const { positionals } = invocation;
  if (positionals.length === 0)
    throw new CordonError("usage", `${command} needs a run`, { hint: "cordon ps lists them" });
  const runs = liveRuns(invocation);
  return [...new Set(positionals.map((name) => chooseRun(runs, name)))];
}
