// Unit tests of how hits are told and of the watches' decisions, without a sandbox.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EventBus } from "../../events/bus.js";
import type { Event } from "../../events/types.js";
import type { Plan } from "../../plan/types.js";
import type { Usage, UsageReader } from "../usage.js";
import { DiskScan } from "./disk-scan.js";
import { writableRoots } from "./disk-watch.js";
import { Hits } from "./hits.js";
import { CpuWatch } from "./tree-watch.js";

const MIB = 1024 * 1024;

function recorded(now: () => number = Date.now): { readonly hits: Hits; readonly events: Event[] } {
  const bus = new EventBus({ run: "test" });
  const events: Event[] = [];
  bus.subscribe((event) => events.push(event));
  return { hits: new Hits(bus, now), events };
}

test("what is hit often is told now and then, with how often", () => {
  const clock = { ms: 0 };
  const { hits, events } = recorded(() => clock.ms);
  for (let count = 0; count < 100; count++) {
    clock.ms += 10;
    hits.tell({ limit: "pids", value: 5, action: "refused" }, 2, 500);
  }
  hits.flush();
  hits.flush();
  const times = events.map((event) => (event.type === "limit.hit" ? (event.times ?? 1) : 0));
  assert.equal(
    times.reduce((sum, each) => sum + each, 0),
    200,
  );
  assert.ok(events.length <= 4, `${events.length}`);
});

test("processor time beyond the share is paid back by standing still, and no more than a moment at once", async () => {
  const { hits } = recorded();
  const stops: number[] = [];
  const control = { end: () => undefined, standStill: async (forMs: number) => void stops.push(forMs) };
  const watch = new CpuWatch(0.5, { hits, control, reader: {} as UsageReader });
  const usage = (cpuMs: number): Usage => ({ cpuMs, memoryBytes: 0, pids: 1 });
  watch.tick(usage(0), 0);
  watch.tick(usage(40), 100);
  assert.deepEqual(stops, []);
  watch.tick(usage(140), 200);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(stops, [80]);
  watch.tick(usage(4000), 300);
  assert.deepEqual(stops, [80, 400]);
});

test("time that wasn't used isn't saved up without end", () => {
  const { hits } = recorded();
  const stops: number[] = [];
  const control = { end: () => undefined, standStill: async (forMs: number) => void stops.push(forMs) };
  const watch = new CpuWatch(1, { hits, control, reader: {} as UsageReader });
  watch.tick({ cpuMs: 0, memoryBytes: 0, pids: 1 }, 0);
  watch.tick({ cpuMs: 0, memoryBytes: 0, pids: 1 }, 3_600_000);
  watch.tick({ cpuMs: 2000, memoryBytes: 0, pids: 1 }, 3_601_000);
  assert.deepEqual(stops, [400]);
});

function tree(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "cordon-scan-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const never = () => false;

test("only what came or grew counts, wherever it went", async (t) => {
  const root = tree(t);
  mkdirSync(join(root, "deep/er"), { recursive: true });
  writeFileSync(join(root, "old"), Buffer.alloc(8 * MIB, 1));
  writeFileSync(join(root, "deep/idle"), Buffer.alloc(4 * MIB, 1));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const scan = new DiskScan([root], Date.now());
  await scan.baseline(never);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const grown = async () => Math.round((await scan.grown(never)).bytes / MIB);
  assert.equal(await grown(), 0);
  utimesSync(join(root, "old"), 0, 0);
  renameSync(join(root, "old"), join(root, "deep/er/moved"));
  assert.equal(await grown(), 0, "an old file that was touched and moved");
  writeFileSync(join(root, "deep/er/moved"), Buffer.alloc(3 * MIB, 1), { flag: "a" });
  assert.equal(await grown(), 3, "an old file that grew");
  writeFileSync(join(root, "new"), Buffer.alloc(2 * MIB, 1));
  writeFileSync(join(root, "sparse"), "");
  truncateSync(join(root, "sparse"), 1024 * MIB);
  assert.equal(await grown(), 5, "a new file; holes take no space");
});

test("a folder within another is walked once", () => {
  const bind = (source: string, access: "read" | "write") =>
    ({ kind: "bind", source, target: source, access, exec: true, type: "directory", origin: "x" }) as const;
  const mounts = [bind("/w", "write"), bind("/w/sub", "write"), bind("/wide", "write"), bind("/r", "read")];
  assert.deepEqual(writableRoots({ mounts } as unknown as Plan), ["/w", "/wide"]);
});
