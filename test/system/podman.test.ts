// What the podman backend leaves behind: nothing, however the run ends; and that its container shows only what the policy names.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { allProcesses, commandLine, familyOf, survivors, withMark } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const FLAGS = ["-b", "podman"];
const MARK = "sleep 4747";

/** Where podman keeps its containers for Cordon; several boots may have left one. */
function containers(): readonly string[] {
  const base = `/tmp/cordon-podman-${ordinary.uid}`;
  const folders = [`/run/user/${ordinary.uid}/cordon/podman`];
  if (existsSync(base)) folders.push(...readdirSync(base).map((boot) => join(base, boot)));
  return folders
    .map((folder) => join(folder, "storage/overlay-containers"))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
    .filter((name) => /^[0-9a-f]{64}$/.test(name));
}

async function running(stage: Stage, flags: readonly string[] = []) {
  const before = new Set(containers());
  const run = stage.startInside(["sh", "-c", `echo ready; (setsid ${MARK} &); exec ${MARK}`], {
    flags: [...FLAGS, ...flags],
  });
  await until("the command inside runs", () => run.output().includes("ready"));
  const [id] = containers().filter((each) => !before.has(each));
  assert.ok(id !== undefined, "there is a container");
  return { run, id };
}

function monitors(id: string) {
  return allProcesses().filter(
    (each) => each.state !== "Z" && each.name === "conmon" && commandLine(each.pid).includes(id),
  );
}

async function isGone(id: string): Promise<void> {
  await until("the command is gone", () => withMark(MARK).length === 0);
  await until("the container is gone", () => !containers().includes(id));
  await until("its monitor is gone", () => monitors(id).length === 0);
}

test("cordon stop leaves no container and no monitor of it", async (t) => {
  const stage = makeStage(t, ordinary);
  const { run, id } = await running(stage, ["--name", "to-be-stopped"]);
  assert.equal(monitors(id).length, 1);
  const stopped = await exec(cordonArgv("stop", "to-be-stopped"), { identity: ordinary, cwd: stage.workspace });
  assert.equal(stopped.code, 0, describeResult(stopped));
  await run.done;
  await isGone(id);
});

for (const victim of ["supervisor", "everything"] as const) {
  test(`kill -9 of ${victim} leaves no container and no monitor of it`, async (t) => {
    const stage = makeStage(t, ordinary);
    const { run, id } = await running(stage);
    const family = familyOf(run.pid);
    if (victim === "supervisor") process.kill(run.pid, "SIGKILL");
    else for (const { pid } of survivors(family)) killIfThere(pid);
    await isGone(id);
    await until("all are gone", () => survivors(family).length === 0);
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with another one.
  }
}

test("the container has the named folders and an empty root, no more", async (t) => {
  const stage = makeStage(t, ordinary);
  const { run, id } = await running(stage, ["--name", "to-be-looked-at"]);
  const [monitor] = monitors(id);
  assert.ok(monitor !== undefined);
  const first = familyOf(monitor.pid).find(({ pid }) => pid !== monitor.pid);
  assert.ok(first !== undefined, "the monitor's child is the container's first process");
  const status = await exec(["cat", `/proc/${first.pid}/status`], { identity: ordinary, cwd: stage.workspace });
  assert.match(status.stdout, /CapEff:\s0+\nCapBnd:\s0+\n(.*\n)*NoNewPrivs:\s1\nSeccomp:\s2\nSeccomp_filters:\s2/);
  const stopped = await exec(cordonArgv("stop", "to-be-looked-at"), { identity: ordinary, cwd: stage.workspace });
  assert.equal(stopped.code, 0, describeResult(stopped));
  await run.done;
});

test("where podman can't make a container the refusal says why, before anything starts", async (t) => {
  const stage = makeStage(t, ordinary);
  stage.write("bin/podman", "#!/bin/sh\necho 'no ids for this user' >&2\nexit 125\n", 0o755);
  const env = { PATH: `${stage.path("bin")}:${process.env["PATH"]}` };
  const result = await stage.inside(["true"], { flags: FLAGS, env, refused: true });
  assert.match(result.stderr, /podman can't make a container here: no ids for this user/);
});
