// Lists of attempts for test/system/egress/wire.py, which sends their bytes from inside or outside of a sandbox.
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeResult, type Result } from "../exec.js";
import { ROOT } from "../repository.js";
import type { Stage } from "../stage.js";

export interface Attempt {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly udp?: true;
  /** The name to open TLS for. */
  readonly tls?: string;
  readonly alpn?: "h2";
  /** After each an answer is awaited. */
  readonly sends: readonly Buffer[];
  readonly lingerMs?: number;
}

export interface Wired {
  readonly result: Result;
  /** The start of what each attempt was answered, as latin1, or the name of its error. */
  readonly answers: Readonly<Record<string, string>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const PYTHON = "/usr/bin/python3";

export async function wireInside(
  stage: Stage,
  network: Readonly<Record<string, unknown>>,
  attempts: readonly Attempt[],
): Promise<Wired> {
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network }));
  const events = stage.path("events");
  const flags = ["--quiet", "--events", events];
  const result = await stage.inside([PYTHON, ...prepared(stage, attempts)], { flags, timeoutMs: 90_000 });
  const lines = readFileSync(events, "utf8").split("\n").filter(Boolean);
  return { result, answers: answersOf(result), events: lines.map((line) => object(JSON.parse(line))) };
}

export async function wireOutside(
  stage: Stage,
  attempts: readonly Attempt[],
): Promise<Readonly<Record<string, string>>> {
  return answersOf(await stage.outside([PYTHON, ...prepared(stage, attempts)], { timeoutMs: 90_000 }));
}

function prepared(stage: Stage, attempts: readonly Attempt[]): readonly string[] {
  copyFileSync(join(ROOT, "test/system/egress/wire.py"), join(stage.workspace, "wire.py"));
  const list = attempts.map(({ sends, ...rest }) => ({
    ...rest,
    sends: sends.map((bytes) => bytes.toString("base64")),
  }));
  stage.write("workspace/attempts.json", JSON.stringify(list));
  stage.own(stage.workspace);
  return ["wire.py", "attempts.json"];
}

function answersOf(result: Result): Readonly<Record<string, string>> {
  assert.equal(result.code, 0, describeResult(result));
  const answers = object(JSON.parse(result.stdout));
  return Object.fromEntries(Object.entries(answers).map(([id, answer]) => [id, String(answer)]));
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === "object" && value !== null);
  return { ...value };
}
