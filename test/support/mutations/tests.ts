// The mutation test of one table: with one control taken out of the launch, the attacks of that control break, and no others without a
// reason.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ATTACKS } from "../../../src/breakout/attacks.js";
import { groupOf } from "../../../src/breakout/select.js";
import { describeResult, exec } from "../exec.js";
import { ordinary } from "../identity.js";
import type { MutationCase } from "./types.js";

const PROGRAM = join(fileURLToPath(new URL(".", import.meta.url)), "../run-mutation.js");

/** Evidence by the attack's id. */
interface Outcome {
  readonly broken: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

export function mutationTests(mutations: readonly MutationCase[]): void {
  describe("without one control, its attacks break and no others", { concurrency: 1 }, () => {
    for (const each of mutations) test(`without ${each.name}`, { timeout: 200_000 }, () => check(each));
  });
}

async function check(mutation: MutationCase): Promise<void> {
  const { broken, missing } = await outcomeOf(mutation.name);
  const { breaks, also = {} } = mutation;
  const wanted = ATTACKS.map(({ id }) => id).filter((id) => isMeant(id, breaks));
  assert.deepEqual(
    wanted.filter((id) => !(id in broken)),
    [],
    `these should break. Not made: ${JSON.stringify(missing)}`,
  );
  const unexplained = Object.entries(broken).filter(([id]) => !isMeant(id, [...breaks, ...Object.keys(also)]));
  assert.deepEqual(unexplained, [], "these break without a reason");
}

/** All attacks, as the ordinary user. */
async function outcomeOf(name: string): Promise<Outcome> {
  const argv = [process.execPath, PROGRAM, name];
  const result = await exec(argv, { identity: ordinary, cwd: "/", timeoutMs: 180_000 });
  assert.equal(result.code, 0, describeResult(result));
  // Checked border: the line is made by run-mutation.
  return JSON.parse(result.stdout) as Outcome;
}

export function isMeant(id: string, words: readonly string[]): boolean {
  const control = ATTACKS.find((attack) => attack.id === id)?.control ?? "";
  return words.some((word) => word === id || word === groupOf(id) || word === control);
}
