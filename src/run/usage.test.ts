// Unit tests of what a tree of processes uses, on processes of this test's own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { parseStat, processTree } from "./usage/processes.js";
import { UsageReader } from "./usage.js";

test("a process may have any name", () => {
  const line = `42 (a) R 1 (b) S 7 ${Array.from({ length: 48 }, (_, index) => index).join(" ")}`;
  const usage = parseStat(line, 4096);
  assert.deepEqual([usage?.pid, usage?.program, usage?.state, usage?.parent], [42, "a) R 1 (b", "S", 7]);
});

test("what isn't a line of that kind is nothing", () => {
  for (const text of ["", "42", "42 (a", "42 (a) R", ") (", "x (y) z 1 2 3"])
    assert.equal(parseStat(text, 4096), undefined);
});

test("a tree is seen with its memory, its number of processes and who has most of it", async (t) => {
  const hog =
    "const held = Buffer.alloc(64 * 1024 * 1024, 1); console.log('there'); setInterval(() => held[0]++, 1000)";
  const child = spawn("sh", ["-c", 'sleep 100 & "$0" -e "$1"; true', process.execPath, hog], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  t.after(() => process.kill(-(child.pid ?? 0), "SIGKILL"));
  await once(child.stdout, "data");
  const reader = new UsageReader(child.pid ?? -1);
  const usage = reader.read();
  assert.ok(usage.memoryBytes > 64 * 1024 * 1024, `${usage.memoryBytes}`);
  assert.ok(usage.pids > 3);
  assert.ok(usage.cpuMs >= 0);
  assert.notEqual(usage.top?.pid, child.pid);
  assert.ok((usage.top?.memoryBytes ?? 0) > 64 * 1024 * 1024);
  assert.deepEqual(new Set(reader.processes.map(({ program }) => program)).has("sleep"), true);
  assert.equal(usage.crowd?.pid, usage.top?.pid);
});

test("a process that is gone uses nothing", async () => {
  const child = spawn("true");
  await once(child, "exit");
  assert.deepEqual(processTree(child.pid ?? -1, 4096), []);
  assert.equal(new UsageReader(child.pid ?? -1).read().memoryBytes, 0);
});
