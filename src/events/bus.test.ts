import assert from "node:assert/strict";
import { test } from "node:test";
import { EventBus } from "./bus.js";
import { formatEvent } from "./jsonl.js";
import type { Event } from "./types.js";

const now = () => new Date(0);

async function numbers(bus: EventBus): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const { seq } of bus.read()) seen.push(seq);
  return seen;
}

function alert(message: string) {
  return { type: "alert", on: "test", message } as const;
}

test("events are numbered from 1 without gaps, and dated", () => {
  const seen: Event[] = [];
  const bus = new EventBus({ run: "r", now });
  bus.subscribe((event) => seen.push(event));
  bus.emit(alert("a"));
  bus.emit(alert("b"));
  assert.deepEqual(seen, [
    { seq: 1, time: "1970-01-01T00:00:00.000Z", run: "r", ...alert("a") },
    { seq: 2, time: "1970-01-01T00:00:00.000Z", run: "r", ...alert("b") },
  ]);
});

test("a reader that comes late gets everything and ends when the bus is closed", async () => {
  const bus = new EventBus({ run: "r", now });
  bus.emit(alert("a"));
  const reading = numbers(bus);
  await Promise.resolve();
  bus.emit(alert("b"));
  bus.close();
  bus.emit(alert("never"));
  assert.deepEqual(await reading, [1, 2]);
});

test("a reader can begin later, and knows what there is", async () => {
  const bus = new EventBus({ run: "r", now, backlog: 2 });
  assert.deepEqual([bus.first, bus.last], [1, 0]);
  for (let count = 0; count < 4; count++) bus.emit(alert("x"));
  assert.deepEqual([bus.first, bus.last], [3, 4]);
  bus.close();
  const seen: number[] = [];
  for await (const { seq } of bus.read(4)) seen.push(seq);
  assert.deepEqual(seen, [4]);
});

test("a reader that is too slow is told what it missed", async () => {
  const bus = new EventBus({ run: "r", now, backlog: 2 });
  for (let count = 0; count < 10; count++) bus.emit(alert("x"));
  bus.close();
  await assert.rejects(numbers(bus), /were not read in time/);
});

test("a subscriber that throws loses its subscription and nothing else", () => {
  const bus = new EventBus({ run: "r", now });
  let calls = 0;
  bus.subscribe(() => {
    calls += 1;
    throw new Error("no");
  });
  bus.emit(alert("a"));
  bus.emit(alert("b"));
  assert.equal(calls, 1);
});

test("the record has each event before anybody else, those before it included", () => {
  const bus = new EventBus({ run: "r", now });
  const order: string[] = [];
  bus.subscribe(({ seq }) => order.push(`told ${seq}`));
  bus.emit(alert("a"));
  bus.recordTo({ record: ({ seq }) => order.push(`recorded ${seq}`), failed: () => order.push("failed") });
  bus.emit(alert("b"));
  assert.deepEqual(order, ["told 1", "recorded 1", "recorded 2", "told 2"]);
  assert.throws(() => bus.recordTo({ record: () => undefined, failed: () => undefined }), /one record/);
});

test("a record that fails is told so once, and events go on", () => {
  const bus = new EventBus({ run: "r", now });
  const failures: unknown[] = [];
  const full = new Error("no space left");
  bus.recordTo({
    record: () => {
      throw full;
    },
    failed: (error) => failures.push(error),
  });
  const seen: number[] = [];
  bus.subscribe(({ seq }) => seen.push(seq));
  bus.emit(alert("a"));
  bus.emit(alert("b"));
  assert.deepEqual(failures, [full]);
  assert.deepEqual(seen, [1, 2]);
});

test("a line of JSON holds no character that a terminal or a line reader acts on", () => {
  const event: Event = { seq: 1, time: "t", run: "r", ...alert("\u001b[31m\n\u007f\u009b\u2028\u202e\u2066é") };
  const line = formatEvent(event);
  assert.match(line, /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*\n$/);
  assert.deepEqual(JSON.parse(line), event);
});
