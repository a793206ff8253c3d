// `cordon audit prune`: removes old records. The exit status is 1 when one of them was tampered with, which stays.
import { posix } from "node:path";
import { type PruneStep, pruneRecords } from "../../../audit/prune.js";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { formatSize, parseDurationMs, parseSize } from "../../../core/units.js";
import { flag, type Invocation, text } from "../../command.js";

/** `dir`: the folder of the record, `audit.dir` of the policy. */
export async function prune(invocation: Invocation, dir: string): Promise<number> {
  const { out, cwd } = invocation;
  const [, named, ...more] = invocation.positionals;
  const age = read(invocation, "older-than", parseDurationMs);
  const maxBytes = read(invocation, "max-size", parseSize);
  if (more.length > 0 || (age === undefined && maxBytes === undefined))
    throw new CordonError("usage", "audit prune takes an age or a size, and at most one folder", {
      hint: "cordon audit prune --older-than 90d --max-size 1G [DIR]",
    });
  const dryRun = flag(invocation, "dry-run");
  const nowMs = Date.now();
  const wish = {
    nowMs,
    dryRun,
    ...(age === undefined ? {} : { beforeMs: nowMs - age }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
  const steps: PruneStep[] = [];
  for (const step of pruneRecords(named === undefined ? dir : posix.resolve(cwd, named), wish)) {
    steps.push(step);
    if (!flag(invocation, "json")) out.print(stepText(step, dryRun));
  }
  if (flag(invocation, "json")) out.print(JSON.stringify({ version: 1, dryRun, records: steps }, null, 2));
  else if (steps.length === 0) out.print("nothing is to be removed");
  return steps.some(({ done }) => done === "tampered") ? 1 : 0;
}

function stepText({ run, bytes, done }: PruneStep, dryRun: boolean): string {
  const what = {
    removed: dryRun ? "would be removed" : "removed",
    running: "stays: it is being written",
    tampered: "stays: it was tampered with (cordon audit verify says how)",
  }[done];
  return `${printable(run)}  ${formatSize(bytes)}  ${what}`;
}

function read(
  invocation: Invocation,
  name: "older-than" | "max-size",
  parse: (text: string) => number | undefined,
): number | undefined {
  const given = text(invocation, name);
  if (given === undefined) return undefined;
  const value = parse(given);
  if (value !== undefined) return value;
  throw new CordonError("usage", `"${printable(given, 60)}" can't be read`, {
    place: `--${name}`,
    hint: name === "max-size" ? "500M, 2G" : "12h, 90d",
  });
}
