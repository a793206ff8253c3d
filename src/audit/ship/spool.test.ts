import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { Spool } from "./spool.js";

function folderOf(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-spool-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function open(folder: string): Spool {
  return new Spool({ folder, run: "r", lane: "0" });
}

async function drain(spool: Spool, maxLines = 100): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let batch = await spool.next(maxLines); batch !== undefined; batch = await spool.next(maxLines)) {
    lines.push(...batch.lines);
    spool.done(batch);
  }
  return lines;
}

test("lines come out as they went in, and private", async (t) => {
  const folder = folderOf(t);
  const spool = open(folder);
  const lines = ["a", "", "ünï \u{1f600}", "x".repeat(700_000), "last"];
  for (const line of lines) spool.append(line);
  assert.equal(spool.countLines(), 5);
  assert.deepEqual(await drain(spool), lines);
  assert.equal(spool.bytes, 0);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  spool.close();
});

test("a batch stays the same until it is done, also after a crash", async (t) => {
  const folder = folderOf(t);
  const first = open(folder);
  for (const line of ["a", "b", "c"]) first.append(line);
  const sent = await first.next(2);
  first.append("d");
  assert.deepEqual(await first.next(100), sent);
  first.close();
  const second = open(folder);
  assert.deepEqual(await second.next(100), sent);
  assert.ok(sent !== undefined);
  second.done(sent);
  assert.deepEqual(await drain(second), ["c", "d"]);
  second.close();
});

test("a torn last line is taken away, and lines go on after it", async (t) => {
  const folder = folderOf(t);
  const first = open(folder);
  first.append("whole");
  first.close();
  appendFileSync(join(folder, "00000001.lines"), '{"torn":');
  const second = open(folder);
  second.append("next");
  assert.deepEqual(await drain(second), ["whole", "next"]);
  second.close();
});

test("what is delivered leaves the disk, segment by segment", async (t) => {
  const folder = folderOf(t);
  const spool = open(folder);
  for (let count = 0; count < 50; count++) spool.append(`${count} ${"y".repeat(100_000)}`);
  const segments = () => readdirSync(folder).filter((name) => name.endsWith(".lines")).length;
  assert.ok(segments() >= 5);
  assert.equal((await drain(spool)).length, 50);
  assert.equal(segments(), 1);
  spool.close();
});

test("any mix of adding, sending, giving up and crashing keeps every line once and in order", async (t) => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), size: fc.constantFrom(1, 10, 300_000) }),
    fc.record({
      do: fc.constantFrom("send" as const, "fail" as const, "crash" as const, "recut" as const),
      size: fc.nat(5),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const folder = folderOf(t);
      let spool = open(folder);
      let added = 0;
      const got: string[] = [];
      for (const { do: what, size } of steps) {
        if (what === "add") spool.append(`${added++} ${"z".repeat(size)}`);
        else if (what === "crash") {
          spool.close();
          spool = open(folder);
        } else {
          const batch = await spool.next(size + 1);
          if (what === "recut") spool.recut();
          if (what !== "send" || batch === undefined) continue;
          got.push(...batch.lines);
          spool.done(batch);
        }
      }
      assert.equal(spool.countLines(), added - got.length);
      got.push(...(await drain(spool)));
      spool.close();
      assert.deepEqual(
        got.map((line) => Number.parseInt(line, 10)),
        Array.from({ length: added }, (_, index) => index),
      );
    }),
    { numRuns: 60 },
  );
});
