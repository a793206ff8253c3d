// Unit tests of what the probe's lines mean.
import assert from "node:assert/strict";
import { test } from "node:test";
import { count, ESSENTIAL, firstObstacle, obstacle, parseAnswers, printAnswers, works } from "./answers.js";

test("lines become answers, and odd lines are passed over", () => {
  const answers = parseAnswers(
    "userns ok\nproc 1\n\nLANDLOCK 7\nnetns  ok\npidns ok extra\nlandlock 7\nnf-tables \x1b[31m\n",
  );
  assert.deepEqual(answers, { userns: "ok", proc: "1", landlock: "7" });
});

test("an error number is told by its name, and silence is an obstacle", () => {
  const answers = parseAnswers("userns 1\nnetns timeout\n");
  assert.equal(obstacle(answers, "userns"), "EPERM");
  assert.equal(obstacle(answers, "netns"), "timeout");
  assert.equal(obstacle(answers, "mountns"), "unanswered");
  assert.equal(obstacle({ proc: "11" }, "proc"), "EAGAIN");
});

test("only `ok` works, and a name from the prototype doesn't", () => {
  assert.equal(works(parseAnswers("userns okay\n"), "userns"), false);
  assert.equal(works(parseAnswers(""), "constructor"), false);
  assert.equal(obstacle(parseAnswers("constructor ok\n"), "constructor"), undefined);
});

test("a number that isn't one counts as none", () => {
  assert.equal(count({ landlock: "7" }, "landlock"), 7);
  assert.equal(count({ landlock: "-1" }, "landlock"), 0);
  assert.equal(count({}, "landlock"), 0);
});

test("the first essential question without a good answer is found", () => {
  const good = Object.fromEntries(ESSENTIAL.map((name) => [name, "ok"]));
  assert.equal(firstObstacle(good, ESSENTIAL), undefined);
  assert.deepEqual(firstObstacle({ ...good, proc: "1" }, ESSENTIAL), { name: "proc", why: "EPERM" });
});

test("printed answers read back the same", () => {
  const answers = { userns: "ok", proc: "13", kernel: "6.1.0-13-amd64" };
  assert.deepEqual(parseAnswers(printAnswers(answers)), answers);
});
