// Runs whose record is shipped: policies of a test's own, commands that make events, and what the run itself kept.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../exec.js";
import { cordonArgv, exec } from "../exec.js";
import type { InsideOptions, Stage } from "../stage.js";

export interface Shipped {
  run(script: string, options?: InsideOptions): Promise<Result>;
  /** `cordon audit ship`. */
  ship(env?: Readonly<Record<string, string>>): Promise<Result>;
  /** The record that the last run kept for itself, line by line, checkpoints too. */
  kept(): readonly string[];
  /** Below the test's folder: where spools are. */
  readonly spool: string;
}

/** The policy, with the record in the test's folder and a name in the workspace that can't be written. */
export function shippedRuns(
  stage: Stage,
  receivers: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): Shipped {
  const policy = {
    version: 1,
    name: "test",
    workspace: { protect: ["guarded"] },
    audit: { dir: stage.path("record"), ship: receivers },
    ...more,
  };
  stage.write("policy.yaml", JSON.stringify(policy));
  const records = stage.path("record/audit");
  return {
    run: (script, options = {}) => stage.inside(["sh", "-c", script], options),
    ship: (env = {}) => exec(cordonArgv("audit", "ship", stage.path("record")), { identity: stage.identity, env }),
    kept: () =>
      readFileSync(join(records, newestOf(records)), "utf8")
        .split("\n")
        .filter(Boolean),
    spool: "record/spool",
  };
}

/** So many refused writes, each an event. */
export function refusals(count: number): string {
  return `for i in $(seq ${count}); do echo > guarded; done 2>/dev/null; true`;
}

function newestOf(folder: string): string {
  const born = (name: string): bigint => statSync(join(folder, name), { bigint: true }).birthtimeNs;
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  const newest = names.toSorted((a, b) => (born(a) < born(b) ? 1 : -1))[0];
  if (newest === undefined) throw new Error("there is no record");
  return newest;
}
