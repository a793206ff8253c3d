// A sandbox that runs in the background of a test, and the commands that look after it. Its folders are the test's own, so that tests don't
// see each other's runs.

import { mkdirSync } from "node:fs";
import { cordonArgv, describeResult, type ExecOptions, exec, type Result, type Running, start } from "./exec.js";
import type { Identity } from "./identity.js";
import type { Stage } from "./stage.js";
import { until } from "./wait.js";

export interface LiveRun {
  readonly name: string;
  readonly running: Running;
}

/** Where the runs of this test have their folders. */
export function runtimeOf(stage: Stage): string {
  const folder = stage.path("runtime");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  stage.own(folder);
  return folder;
}

function environment(stage: Stage): Record<string, string> {
  return { XDG_RUNTIME_DIR: runtimeOf(stage), XDG_STATE_HOME: stage.path("state") };
}

/** Settles when the command has printed `ready`. */
export async function startRun(
  stage: Stage,
  script: string,
  options: { readonly flags?: readonly string[]; readonly name?: string } = {},
): Promise<LiveRun> {
  const { flags = [], name = "live" } = options;
  const argv = ["bash", "-c", script];
  const running = stage.startInside(argv, { flags: [...flags, "--name", name], env: environment(stage) });
  await until(
    "the sandbox stands",
    () => running.output().includes("ready") || running.child.exitCode !== null,
    30_000,
  );
  if (!running.output().includes("ready")) throw new Error(describeResult(await running.done));
  return { name, running };
}

/** A command of Cordon beside the run, by the run's owner or by somebody else. */
export function control(
  stage: Stage,
  argv: readonly string[],
  options: ExecOptions & { readonly as?: Identity } = {},
): Promise<Result> {
  const { as: identity = stage.identity, env, ...rest } = options;
  return exec(cordonArgv(...argv), { identity, cwd: "/", env: { ...environment(stage), ...env }, ...rest });
}

export function startControl(stage: Stage, argv: readonly string[], options: ExecOptions = {}): Running {
  return start(cordonArgv(...argv), { identity: stage.identity, cwd: "/", env: environment(stage), ...options });
}
