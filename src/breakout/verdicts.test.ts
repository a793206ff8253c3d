import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN } from "./baselines.js";
import type { Attack, Ended, Result } from "./types.js";
import { controlVerdicts, firstWord, lastWord, resultOf, type Shown, statusOf } from "./verdicts.js";

const ATTACK: Attack = {
  id: "files/x",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Reads.",
  inside: "cat x",
  judge: () => undefined,
  baseline: PLAIN,
};
const DONE = `${firstWord("n")}\n${lastWord("n")}\n`;
const shown = (proof: string | undefined, ended: Partial<Ended> = {}): Shown => ({
  ended: { output: DONE, ...ended },
  nonce: "n",
  proof,
});
const status = (inside: Shown, baseline: Shown | string = shown("it worked"), attack = ATTACK, degraded = false) =>
  resultOf({ attack, inside, baseline, degraded }).status;

test("what fails inside and works outside is held", () => {
  assert.equal(status(shown(undefined)), "held");
});

test("a success inside is broken, however the attempt ended", () => {
  assert.equal(status(shown("it got out")), "broken");
  assert.equal(status(shown("it got out", { output: "" })), "broken");
  assert.equal(status(shown("it got out"), "no baseline", ATTACK, true), "broken");
});

test("what wasn't shown is never held", () => {
  assert.equal(status(shown(undefined, { output: "" })), "unsupported");
  assert.equal(status(shown(undefined, { output: firstWord("n") })), "unsupported");
  assert.equal(status(shown(undefined, { obstacle: "no such component" })), "unsupported");
  const probing = { ...ATTACK, inside: '"$PROBER" call x' };
  assert.equal(status(shown(undefined), shown("it worked"), probing), "unsupported");
  assert.equal(
    status(shown(undefined, { output: `${DONE}prober here\nanswer x unknown\n` }), "", probing),
    "unsupported",
  );
});

test("without a baseline it is said", () => {
  assert.equal(status(shown(undefined), "it would touch the host"), "no-baseline");
  assert.equal(status(shown(undefined), shown(undefined)), "no-baseline");
});

test("an attack that the end of the run holds needs no last word", () => {
  assert.equal(
    status(shown(undefined, { output: firstWord("n") }), shown("late"), { ...ATTACK, cutShort: true }),
    "held",
  );
  assert.equal(status(shown(undefined, { output: firstWord("n"), limits: ["memory"] })), "held");
});

test("a control that is only half there is degraded, not held", () => {
  assert.equal(status(shown(undefined), shown("it worked"), ATTACK, true), "degraded");
});

test("the worst attack decides on a control; one that isn't asked for is neither", () => {
  const result = (status: Result["status"]): Result => ({
    attack: ATTACK,
    status,
    evidence: "",
    baseline: "",
    durationMs: 1,
  });
  assert.equal(statusOf([result("held"), result("broken")]), "broken");
  assert.equal(statusOf([result("held"), result("no-baseline"), result("unsupported")]), "held");
  assert.equal(statusOf([]), "not-tried");
  const verdicts = controlVerdicts([result("held")], { controls: ["files.home-hidden"], enforcement: [] });
  assert.equal(verdicts.find(({ control }) => control === "files.home-hidden")?.status, "held");
  assert.equal(verdicts.find(({ control }) => control === "network.open")?.status, "not-asked");
});
