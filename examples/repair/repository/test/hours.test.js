import assert from "node:assert/strict";
import { test } from "node:test";
import { joinHours } from "../src/hours.js";

test("times that don't meet stay apart", () => {
  const hours = [
    { from: 840, to: 1080 },
    { from: 540, to: 720 },
  ];
  assert.deepEqual(joinHours(hours), [
    { from: 540, to: 720 },
    { from: 840, to: 1080 },
  ]);
});

test("times that touch become one", () => {
  const hours = [
    { from: 540, to: 720 },
    { from: 720, to: 840 },
  ];
  assert.deepEqual(joinHours(hours), [{ from: 540, to: 840 }]);
});

test("a time inside another one doesn't shorten it", () => {
  const hours = [
    { from: 540, to: 1080 },
    { from: 600, to: 660 },
  ];
  assert.deepEqual(joinHours(hours), [{ from: 540, to: 1080 }]);
});
