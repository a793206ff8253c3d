// Rules that hold for all attacks: ids, files, controls.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { CONTROLS } from "../plan/controls.js";
import { ATTACKS } from "./attacks.js";
import { scriptText } from "./stage/variables.js";

const ids = ATTACKS.map(({ id }) => id);

test("every attack has an id of its own, a sentence, a threat and a control that exists", () => {
  assert.equal(new Set(ids).size, ids.length);
  const controls = new Set(CONTROLS.map(({ id }) => id));
  for (const { id, control, sentence, threats } of ATTACKS) {
    assert.match(id, /^[a-z]+\/[a-z0-9-]+$/);
    assert.ok(controls.has(control), `${id} tries ${control}, which isn't a control`);
    assert.match(sentence, /^[A-Z].*\.$/, id);
    assert.ok(threats.length > 0 && threats.every((threat) => /^H\d+$/.test(threat)), id);
  }
});

test("every control is attacked, by the attack that it names among others", () => {
  for (const { id, attack } of CONTROLS) {
    assert.equal(ATTACKS.find((each) => each.id === attack)?.control, id, `${id} names ${attack}`);
  }
});

test("every attack proves a success, or says why its baseline can't be shown", () => {
  for (const { id, baseline } of ATTACKS) if (baseline.kind === "none") assert.ok(baseline.reason.length > 10, id);
});

test("every script is one that a POSIX shell can read, and holds no secret", () => {
  for (const { id, inside } of ATTACKS) {
    const text = scriptText({ variables: { NONCE: "mark", TCP4: 1 }, inside, nonce: "mark" });
    const { status, stderr } = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" });
    assert.equal(status, 0, `${id}: ${stderr}`);
    assert.doesNotMatch(inside, /planted-[a-z-]+-[0-9a-f]{18}/, id);
  }
});
