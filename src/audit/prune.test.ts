import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { eventOf, makePlace, type Place, recorderOf, writeRecord } from "./fixture.js";
import { type PruneWish, pruneRecords } from "./prune.js";
import { findTarget, verifyTarget } from "./target.js";

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const RUNS = ["old-00000001", "mid-00000002", "new-00000003"] as const;

function prune(place: Place, wish: Partial<PruneWish>): Readonly<Record<string, string>> {
  const steps = [...pruneRecords(place.dir, { dryRun: false, nowMs: NOW_MS, ...wish })];
  return Object.fromEntries(steps.map(({ run, done }) => [run, done]));
}

function states(place: Place): Readonly<Record<string, string>> {
  const options = { keys: [], auditDir: place.dir };
  return Object.fromEntries(
    [...verifyTarget(findTarget(undefined, place.dir), options)].map(({ run, state }) => [run, state]),
  );
}

const filesOf = (place: Place): readonly string[] => readdirSync(place.records).filter((name) => name !== "ledger");

/** Last written to 30, 20 and 10 days ago. */
async function threeRecords(place: Place): Promise<void> {
  for (const [index, run] of RUNS.entries()) {
    await writeRecord(place, 5, { run });
    const then = (NOW_MS - (30 - index * 10) * DAY_MS) / 1000;
    utimesSync(posix.join(place.records, `${run}.jsonl`), then, then);
  }
}

test("old records go and aren't missed; those that stay verify as before", async (t) => {
  const place = makePlace(t);
  await threeRecords(place);
  assert.deepEqual(prune(place, { beforeMs: NOW_MS - 15 * DAY_MS, dryRun: true }), {
    "old-00000001": "removed",
    "mid-00000002": "removed",
  });
  assert.equal(filesOf(place).length, 3);
  prune(place, { beforeMs: NOW_MS - 15 * DAY_MS });
  assert.deepEqual(filesOf(place), ["new-00000003.jsonl"]);
  assert.deepEqual(states(place), { "new-00000003": "finished" });
  assert.match(readFileSync(posix.join(place.records, "ledger"), "utf8"), /"run":"old-00000001".*"reason":"pruned"/);
});

test("by size the oldest go first, until the rest is small enough", async (t) => {
  const place = makePlace(t);
  await threeRecords(place);
  const each = statSync(posix.join(place.records, "new-00000003.jsonl")).size;
  assert.deepEqual(prune(place, { maxBytes: each * 2.5 }), { "old-00000001": "removed" });
  assert.deepEqual(prune(place, { maxBytes: each * 2.5 }), {});
  prune(place, { maxBytes: 0 });
  assert.deepEqual([filesOf(place), states(place)], [[], {}]);
});

test("a record that is being written stays, and so does one that was tampered with", async (t) => {
  const place = makePlace(t);
  await threeRecords(place);
  const recorder = recorderOf(place, { run: "live-00000004", rotate: { sizeBytes: 400, ageMs: 1e12 } });
  for (let seq = 1; seq <= 4; seq++) recorder.record(eventOf(seq, "live-00000004"));
  const mid = posix.join(place.records, "mid-00000002.jsonl");
  writeFileSync(mid, readFileSync(mid, "utf8").replace("host-2", "host-9"));
  assert.deepEqual(prune(place, { maxBytes: 0 }), {
    "old-00000001": "removed",
    "mid-00000002": "tampered",
    "new-00000003": "removed",
    "live-00000004": "running",
  });
  assert.equal(states(place)["live-00000004"], "running");
  await recorder.close();
  assert.deepEqual(states(place), { "mid-00000002": "tampered", "live-00000004": "finished" });
});

test("a record that is removed by somebody else is still missed, and the mark of a removal is no line of a record", async (t) => {
  const place = makePlace(t);
  const whole = "whole-00000005";
  await writeRecord(place, 5, { run: whole });
  const file = posix.join(place.records, `${whole}.jsonl`);
  const before = readFileSync(file);
  prune(place, { maxBytes: 0 });
  writeFileSync(file, before);
  assert.deepEqual(states(place), { [whole]: "finished" });
  const mark = readFileSync(posix.join(place.records, "ledger"), "utf8").trim().split("\n").at(-1) ?? "";
  appendFileSync(file, `${mark}\n`);
  assert.deepEqual(states(place), { [whole]: "tampered" });
  const other = makePlace(t);
  await threeRecords(other);
  writeFileSync(posix.join(other.records, "old-00000001.jsonl"), "");
  assert.equal(states(other)["old-00000001"], "tampered");
});
