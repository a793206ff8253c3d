import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { backoffMs } from "./backoff.js";
import { Lane, type LaneOptions } from "./lane.js";
import { type Batch, DeliveryError, type Receipt } from "./receiver.js";
import { Spool } from "./spool.js";

type Answer = (batch: Batch, signal: AbortSignal) => Promise<Receipt>;

/** A lane whose receiver answers as told, one answer after the other, and then takes everything. */
function laneOf(t: TestContext, answers: readonly Answer[], changes: Partial<LaneOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "cordon-lane-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const spool = new Spool({ folder, run: "r", lane: "0" });
  const taken: string[] = [];
  const keys: string[] = [];
  const left = [...answers];
  const receiver = {
    send: async (batch: Batch, signal: AbortSignal): Promise<Receipt> => {
      keys.push(batch.key);
      const receipt = (await left.shift()?.(batch, signal)) ?? {};
      taken.push(...batch.lines);
      return receipt;
    },
    close: () => undefined,
  };
  const lane = new Lane({ name: "it", spool, receiver, batch: 100, random: () => 0, ...changes });
  return { lane, spool, taken, keys };
}

const fail =
  (message: string, details = {}): Answer =>
  () =>
    Promise.reject(new DeliveryError(message, details));

test("what failed is sent again under the same key", async (t) => {
  const { lane, spool, taken, keys } = laneOf(t, [fail("no"), fail("no")]);
  spool.append("a");
  lane.poke();
  await lane.finish(5_000);
  assert.deepEqual(taken, ["a"]);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(lane.report(), { name: "it", waiting: 0, delivered: 1 });
});

test("at the end of its time it says what waits and why", async (t) => {
  const { lane, spool } = laneOf(
    t,
    Array.from({ length: 99 }, () => fail("gone fishing")),
  );
  spool.append("a");
  spool.append("b");
  lane.poke();
  await lane.finish(700);
  assert.deepEqual(lane.report(), { name: "it", waiting: 2, delivered: 0, problem: "gone fishing" });
});

test("a receiver that never answers holds nothing up", async (t) => {
  const never: Answer = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const { lane, spool } = laneOf(t, [never]);
  spool.append("a");
  lane.poke();
  const began = performance.now();
  await lane.finish(300);
  assert.ok(performance.now() - began < 2_000);
  assert.equal(lane.report().waiting, 1);
});

test("a batch that is too large is cut; a line that is too large by itself is told and passed over", async (t) => {
  const told: unknown[] = [];
  const large: Answer = async ({ lines }) => {
    if (lines.includes("huge")) throw new DeliveryError("413", { tooLarge: true });
    return {};
  };
  const { lane, spool, taken } = laneOf(
    t,
    Array.from({ length: 20 }, () => large),
    {
      refused: (...words) => told.push(words),
    },
  );
  for (const line of ["a", "b", "huge", "c"]) spool.append(line);
  lane.poke();
  await lane.finish(5_000);
  assert.deepEqual(taken, ["a", "b", "c"]);
  assert.deepEqual(told, [["it", 1, "it is too large"]]);
});

test("lines that a receiver refuses aren't sent again", async (t) => {
  const told: unknown[] = [];
  const partial: Answer = async () => ({ refused: { count: 2, reason: "bad \u001b[31m" } });
  const { lane, spool, keys } = laneOf(t, [partial], { refused: (...words) => told.push(words) });
  for (const line of ["a", "b", "c"]) spool.append(line);
  lane.poke();
  await lane.finish(5_000);
  assert.equal(keys.length, 1);
  assert.deepEqual(told, [["it", 2, "bad \\x1b[31m"]]);
});

test("pauses grow, differ, end at a minute, and obey the receiver", () => {
  assert.deepEqual(
    [1, 2, 3, 8, 99].map((failures) => backoffMs(failures, 1)),
    [500, 1000, 2000, 60_000, 60_000],
  );
  assert.equal(backoffMs(3, 0), 1000);
  assert.equal(backoffMs(1, 0, 7_000), 7_000);
});
