// Rules that hold for all faults.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTACKS } from "./attacks.js";
import { FAULTS } from "./faults.js";
import { groupOf, select } from "./select.js";

test("every fault has an id of its own, sentences and a threat", () => {
  assert.equal(new Set(FAULTS.map(({ id }) => id)).size, FAULTS.length);
  for (const { id, sentence, expects, threats } of FAULTS) {
    assert.match(id, /^[a-z]+\/[a-z0-9-]+$/);
    for (const text of [sentence, expects]) assert.match(text, /^[A-Z].*\.$/, id);
    assert.ok(threats.length > 0 && threats.every((threat) => /^H\d+$/.test(threat)), id);
  }
});

test("a group is one of attacks or of faults, so that a word chooses one kind", () => {
  const attacked = new Set(ATTACKS.map(({ id }) => groupOf(id)));
  assert.deepEqual(
    FAULTS.filter(({ id }) => attacked.has(groupOf(id))),
    [],
  );
});

test("words choose among both, and one that names neither is an error", () => {
  assert.deepEqual(select(ATTACKS, ["supervisor"], FAULTS), []);
  assert.ok(select(FAULTS, ["supervisor"], ATTACKS).length > 3);
  assert.equal(select(FAULTS, ["files/deny", "clock/back"], ATTACKS).length, 1);
  assert.throws(() => select(FAULTS, ["supervisors"], ATTACKS), /there is no attack "supervisors".*supervisor/);
  assert.equal(select(FAULTS, []).length, FAULTS.length);
});
