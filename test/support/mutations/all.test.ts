// The table of mutations is whole: no control is left without one, or without a reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTACKS } from "../../../src/breakout/attacks.js";
import { CONTROLS } from "../../../src/plan/controls.js";
import { MUTATIONS, NOT_TAKEN_OUT } from "./all.js";
import { isMeant } from "./tests.js";

const controls = CONTROLS.map(({ id }) => id);

test("every control is taken out by a mutation, or it is said why it can't be", () => {
  const taken = MUTATIONS.flatMap((mutation) => mutation.controls);
  assert.deepEqual(
    controls.filter((id) => !taken.includes(id) && !(id in NOT_TAKEN_OUT)),
    [],
  );
  assert.deepEqual(
    Object.keys(NOT_TAKEN_OUT).filter((id) => taken.includes(id) || !controls.includes(id)),
    [],
  );
});

test("every control that a mutation takes out has an attack among those that break", () => {
  for (const { name, controls: taken, breaks } of MUTATIONS) {
    const broken = ATTACKS.filter(({ id }) => isMeant(id, breaks));
    for (const control of taken)
      assert.ok(
        broken.some((attack) => attack.control === control),
        `${name}: ${control}`,
      );
  }
});

test("what is said to break is an attack, a group or a control, and each mutation has a name of its own", () => {
  for (const { name, breaks, also = {} } of MUTATIONS)
    for (const word of [...breaks, ...Object.keys(also)])
      assert.ok(
        ATTACKS.some(({ id }) => isMeant(id, [word])),
        `${name}: ${word}`,
      );
  assert.equal(new Set(MUTATIONS.map(({ name }) => name)).size, MUTATIONS.length);
});
