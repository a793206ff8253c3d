import assert from "node:assert/strict";
import { test } from "node:test";
import { Conclusion } from "./conclusion.js";

function make() {
  const lines: string[] = [];
  const conclusion = new Conclusion({
    send: (line) => void lines.push(line),
    kill: () => void lines.push("(killed)"),
    unpause: () => void lines.push("(unpaused)"),
  });
  return { lines, conclusion };
}

test("who asks first is told, and the end of everything follows when the grace is over", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { lines, conclusion } = make();
  assert.equal(conclusion.ask({ kind: "stopped", message: "one", graceMs: 100 }), true);
  assert.equal(conclusion.ask({ kind: "limit", message: "two" }), false);
  assert.deepEqual(lines, ["signal 15", "signal 18", "(unpaused)"]);
  t.mock.timers.tick(100);
  t.mock.timers.tick(2000);
  assert.deepEqual(lines.slice(3), ["kill", "(unpaused)", "(killed)"]);
  conclusion.told({ kind: "signal", number: 9 });
  const { code, reason, message } = conclusion.exit(undefined);
  assert.deepEqual([code, reason, message], [137, "stopped", "one"]);
});

test("a second one can only make it sooner", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { lines, conclusion } = make();
  conclusion.ask({ kind: "stopped", message: "one", graceMs: 60_000 });
  conclusion.ask({ kind: "stopped", message: "now", graceMs: 0 });
  assert.ok(lines.includes("kill"));
});

test("a failure is the run's end whatever the command did", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { conclusion } = make();
  conclusion.fail("broken");
  conclusion.told({ kind: "exit", code: 0 });
  assert.equal(conclusion.certain, true);
  const { code, message } = conclusion.exit(undefined);
  assert.deepEqual([code, message], [125, "broken"]);
});
