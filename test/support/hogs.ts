// Runs one of the hogs of test/system/limits/hogs.py in a sandbox with limits, and reads what was recorded.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeResult, type Result } from "./exec.js";
import type { Identity } from "./identity.js";
import { ROOT } from "./repository.js";
import { type Cleanup, makeStage, type Stage } from "./stage.js";

export const PYTHON = "/usr/bin/python3";
export const MIB = 1024 * 1024;

export interface Hit {
  readonly limit: string;
  readonly value: number;
  readonly used?: number;
  readonly times?: number;
  readonly pid?: number;
  readonly program?: string;
  readonly action: string;
}

export interface Ran {
  readonly result: Result;
  readonly hits: readonly Hit[];
  readonly reason: string;
  /** The enforcement table: mechanism by control. */
  readonly table: Readonly<Record<string, string>>;
}

export function hogStage(t: Cleanup, identity: Identity): Stage {
  const stage = makeStage(t, identity);
  copyFileSync(join(ROOT, "test/system/limits/hogs.py"), stage.path("workspace/hogs.py"));
  stage.own(stage.workspace);
  return stage;
}

export async function hog(
  stage: Stage,
  limits: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<Ran> {
  const events = stage.path("events.jsonl");
  const flags = Object.entries(limits).flatMap(([name, value]) => ["--set", `limits.${name}=${value}`]);
  const result = await stage.inside([PYTHON, "hogs.py", ...argv], {
    flags: [...flags, "--set", "limits.time=60s", "--events", events],
    timeoutMs: 100_000,
  });
  return ranOf(result, events);
}

export function ranOf(result: Result, events: string): Ran {
  const all = readFileSync(events, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const [started] = all;
  return {
    result,
    hits: all.filter(({ type, limit }) => type === "limit.hit" && limit !== "time"),
    reason: all.at(-1).reason,
    table: Object.fromEntries(
      started.enforcement.map((row: { control: string; mechanism: string }) => [row.control, row.mechanism]),
    ),
  };
}

/** By a group, or by the supervisor's watch: what the table says decides what has to be seen. */
export function isGrouped({ table }: Ran, limit: string): boolean {
  return /^cgroup /.test(table[`limits.${limit}`] ?? "");
}

export function show(ran: Ran): string {
  const limits = Object.entries(ran.table).filter(([name]) => name.startsWith("limits."));
  return `${JSON.stringify(ran.hits)} ${ran.reason}\n${JSON.stringify(limits)}\n${describeResult(ran.result)}`;
}
