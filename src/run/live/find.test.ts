import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chooseRun, findRuns } from "./find.js";
import { RunFolder } from "./folder.js";
import { runRoots } from "./places.js";
import { bootId, lives, markOf } from "./record.js";
import { recover } from "./recover.js";

function home(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "cordon-find-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const runtime = join(folder, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { HOME: folder, XDG_RUNTIME_DIR: runtime, XDG_STATE_HOME: join(folder, "state") };
  return { env, runtime, folder };
}

function record(id: string, pid = process.pid) {
  return {
    version: 1,
    id,
    name: "x",
    boot: bootId(),
    supervisor: markOf(pid),
    backend: "native",
    workspace: "/w",
    command: ["true"],
    started: "2026-01-01T00:00:00.000Z",
  };
}

test("a runtime folder that others may enter isn't used", (t) => {
  const { env, runtime } = home(t);
  assert.equal(runRoots(env)[0], join(runtime, "cordon/runs"));
  chmodSync(runtime, 0o755);
  assert.ok(!runRoots(env).includes(join(runtime, "cordon/runs")));
  assert.ok(!runRoots({ ...env, XDG_RUNTIME_DIR: "relative" }).some((root) => root.includes("relative")));
});

test("a run is found while its supervisor lives, lost when it doesn't, and gone when it was tidied up", async (t) => {
  const { env } = home(t);
  const root = runRoots(env)[0] ?? "";
  for (const id of ["x-00000001", "x-00000002"]) RunFolder.make(root, id).writeRecord(record(id));
  const lost = RunFolder.make(root, "x-00000003");
  lost.writeRecord({ ...record("x-00000003"), supervisor: { pid: process.pid, started: "1" } });
  writeFileSync(join(lost.path, "control.sock"), "");
  const found = findRuns(env).filter(({ folder }) => folder.path.startsWith(root));
  assert.deepEqual(found.map(({ id, state }) => [id, state]).toSorted(), [
    ["x-00000001", "alive"],
    ["x-00000002", "alive"],
    ["x-00000003", "lost"],
  ]);
  for (const run of found) if (run.state === "lost") await recover(run, undefined);
  assert.deepEqual(readdirSync(root).toSorted(), ["x-00000001", "x-00000002"]);
});

test("folders that aren't the user's alone, links and other names aren't runs", (t) => {
  const { env, folder } = home(t);
  const root = runRoots(env)[0] ?? "";
  RunFolder.make(root, "x-00000001").writeRecord(record("x-00000001"));
  mkdirSync(join(root, "x-00000002"), { mode: 0o755 });
  mkdirSync(join(folder, "elsewhere"), { mode: 0o700 });
  symlinkSync(join(folder, "elsewhere"), join(root, "x-00000003"));
  mkdirSync(join(root, "..hidden"), { mode: 0o700 });
  const ids = findRuns(env).filter((run) => run.folder.path.startsWith(root));
  assert.deepEqual(
    ids.map(({ id }) => id),
    ["x-00000001"],
  );
});

test("a number that another process has now isn't the process that was meant", () => {
  assert.equal(lives(markOf(process.pid)), true);
  assert.equal(lives({ pid: process.pid, started: "12" }), false);
});

test("a run is named by id, name or the beginning of its id; what could be two is refused", () => {
  const runs = [
    { id: "build-00000001", name: "build" },
    { id: "build-00000002", name: "build" },
    { id: "test-0000000a", name: "test" },
  ];
  assert.equal(chooseRun(runs, "test").id, "test-0000000a");
  assert.equal(chooseRun(runs, "te").id, "test-0000000a");
  assert.equal(chooseRun(runs, "build-00000002").id, "build-00000002");
  assert.throws(() => chooseRun(runs, "build"), /build-00000001 or build-00000002/);
  assert.throws(() => chooseRun(runs, "none"), /there is no run "none"/);
  assert.throws(() => chooseRun(runs, ""), /there is no run/);
});
