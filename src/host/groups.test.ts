// Unit tests of a run's control group on folders that only look like control groups: they take every value and hold none of it, or
// hold another. What a real kernel does with it is shown in test/system and test/vm.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { HostGroup, isRunGroup, removeOrphans } from "./groups.js";
import { scopeArguments } from "./scope.js";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "cordon-groups-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a limit that can't be read back is no limit", (t) => {
  const parent = folder(t);
  writeFileSync(join(parent, "cgroup.subtree_control"), "pids\n");
  const way = { kind: "unified", parent, stepAside: false } as const;
  // An ordinary folder keeps the text as it was written, so it passes; a controller that isn't enabled has no file at all.
  assert.doesNotThrow(() => HostGroup.make(way, "run-00000001", { pids: 5 }));
  mkdirSync(join(parent, "cordon-run-00000002"));
  assert.throws(() => HostGroup.make(way, "run-00000002", { pids: 5 }), /control group can't be made/);
  const legacy = { kind: "legacy", parents: { pids: parent } } as const;
  assert.throws(() => HostGroup.make(legacy, "run-00000003", { memoryBytes: 1 }), /no memory controller/);
});

test("a group is taken for a run's by its whole name", () => {
  for (const name of ["/a/cordon-python3-0123abcd", "cordon-a-b-00000000.scope"]) assert.ok(isRunGroup(name));
  for (const name of ["cordon-supervisor", "cordon-dev.scope", "x-cordon-a-00000000", "cordon-a-0000000g"])
    assert.equal(isRunGroup(name), false, name);
});

test("only old, empty groups of runs are removed", (t) => {
  const parent = folder(t);
  for (const name of ["cordon-new-00000000", "else", "cordon-supervisor"]) mkdirSync(join(parent, name));
  utimesSync(join(parent, "else"), 0, 0);
  removeOrphans({ kind: "unified", parent, stepAside: false });
  assert.deepEqual(readdirSync(parent).sort(), ["cordon-new-00000000", "cordon-supervisor", "else"]);
});

test("a scope is asked for by an argument list", () => {
  const way = { kind: "systemd", manager: "user", busctl: "/usr/bin/busctl", bus: "/run/user/1/bus" } as const;
  const argv = scopeArguments(way, "cordon-x-00000000.scope", { pid: 7, memoryBytes: 1024, pids: 9, cpu: 1.5 });
  assert.deepEqual(argv.slice(0, 11), [
    "--user",
    "--quiet",
    "call",
    "org.freedesktop.systemd1",
    "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager",
    "StartTransientUnit",
    "ssa(sv)a(sa(sv))",
    "cordon-x-00000000.scope",
    "fail",
    "8",
  ]);
  assert.match(
    argv.join(" "),
    / PIDs au 1 7 .* MemoryMax t 1024 MemorySwapMax t 0 TasksMax t 9 CPUQuotaPerSecUSec t 1500000 0$/,
  );
});
