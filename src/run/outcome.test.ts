import assert from "node:assert/strict";
import { test } from "node:test";
import { runExit, signalName, signalNumber } from "./outcome.js";

const context = { durationMs: 5 };

test("the exit status is the command's own", () => {
  assert.deepEqual(runExit({ kind: "exit", code: 7 }, context), { code: 7, reason: "exit", durationMs: 5 });
});

test("a signal N ends in 128+N and is named", () => {
  assert.deepEqual(runExit({ kind: "signal", number: 9 }, context), {
    code: 137,
    signal: "SIGKILL",
    reason: "signal",
    durationMs: 5,
  });
});

test("a command that isn't there is 127, one that can't be executed 126", () => {
  assert.equal(runExit({ kind: "exec-failed", errno: 2, name: "nope" }, context).code, 127);
  const refused = runExit({ kind: "exec-failed", errno: 13, name: "./data" }, context);
  assert.equal(refused.code, 126);
  assert.equal(refused.message, "./data: can't be executed (EACCES)");
});

test("a failure of Cordon is 125 and says why", () => {
  assert.deepEqual(runExit({ kind: "failed", message: "mounts: no (EPERM)" }, context), {
    code: 125,
    reason: "failed",
    message: "mounts: no (EPERM)",
    durationMs: 5,
  });
});

test("an end that the supervisor asked for keeps the command's status and says who asked", () => {
  const exit = runExit(
    { kind: "signal", number: 15 },
    { ...context, asked: "time-limit", message: "the time limit was reached" },
  );
  assert.deepEqual(exit, {
    code: 143,
    signal: "SIGTERM",
    reason: "time-limit",
    message: "the time limit was reached",
    durationMs: 5,
  });
});

test("signals are known by name and number", () => {
  assert.equal(signalNumber("SIGTERM"), 15);
  assert.equal(signalNumber(10), 10);
  assert.equal(signalNumber("SIGNOPE"), undefined);
  assert.equal(signalNumber(0), undefined);
  assert.equal(signalName(2), "SIGINT");
});
