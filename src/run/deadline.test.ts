import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "./deadline.js";

test("a deadline that is held stands still, and goes on where it was", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const deadline = new Deadline();
  let reached = 0;
  deadline.set(1000, () => {
    reached += 1;
  });
  deadline.hold();
  t.mock.timers.tick(5000);
  assert.equal(reached, 0);
  deadline.release();
  deadline.release();
  t.mock.timers.tick(1000);
  assert.equal(reached, 1);
});

test("a cleared deadline isn't brought back, and holding none does nothing", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const deadline = new Deadline();
  deadline.hold();
  deadline.release();
  deadline.set(10, () => assert.fail("it was cleared"));
  deadline.hold();
  deadline.clear();
  deadline.release();
  t.mock.timers.tick(100);
});
