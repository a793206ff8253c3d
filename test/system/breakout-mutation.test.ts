// With one control taken out of the launch, the attacks of that control break, and no others without a reason: each attack can fail.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ATTACKS } from "../../src/breakout/attacks.js";
import { groupOf } from "../../src/breakout/select.js";
import { describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { MUTATIONS, type MutationCase } from "../support/mutations.js";

const PROGRAM = join(fileURLToPath(new URL(".", import.meta.url)), "../support/run-mutation.js");

interface Outcome {
  readonly broken: readonly string[];
  readonly missing: readonly string[];
}

async function outcomeOf({ name }: MutationCase): Promise<Outcome> {
  const result = await exec([process.execPath, PROGRAM, name], { identity: ordinary, cwd: "/", timeoutMs: 200_000 });
  assert.equal(result.code, 0, describeResult(result));
  // Checked border: the lines are made by run-mutation.
  return JSON.parse(result.stdout) as Outcome;
}

function isMeant(id: string, words: readonly string[]): boolean {
  const control = ATTACKS.find((attack) => attack.id === id)?.control ?? "";
  return words.some((word) => word === id || word === groupOf(id) || word === control);
}

describe("without one control, its attacks break and no others", { concurrency: 1 }, () => {
  for (const each of MUTATIONS) {
    test(`without ${each.name}`, async () => {
      const { broken, missing } = await outcomeOf(each);
      const wanted = ATTACKS.map(({ id }) => id).filter((id) => isMeant(id, each.breaks));
      assert.deepEqual(
        wanted.filter((id) => !broken.includes(id)),
        [],
        `these should break. Not made: ${missing.join("; ")}`,
      );
      const allowed = [...each.breaks, ...Object.keys(each.also ?? {})];
      assert.deepEqual(
        broken.filter((id) => !isMeant(id, allowed)),
        [],
        "these break without a reason",
      );
    });
  }
});
