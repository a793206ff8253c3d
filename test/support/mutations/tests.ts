// The mutation test of one table: with one control taken out of the launch, the attacks of that control break, and no others without a
// reason.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ATTACKS } from "../../../src/breakout/attacks.js";
import { groupOf } from "../../../src/breakout/select.js";
import { CONTROLS } from "../../../src/plan/controls.js";
import { describeResult, exec } from "../exec.js";
import { type Identity, identities, ordinary } from "../identity.js";
import type { MutationCase } from "./types.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PROGRAM = join(HERE, "../run-mutation.js");
const PATCHED = join(HERE, "patched-modules.js");

/** Evidence by the attack's id. */
interface Outcome {
  readonly broken: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

/** `root`: as root as well; `all`: that, and with every attack. The tests would take a third of an hour longer. */
const ASKED = process.env["CORDON_TEST_MUTATIONS"] ?? "";
const CHOSEN = ["root", "all"].includes(ASKED) ? identities : [ordinary];

export function mutationTests(mutations: readonly MutationCase[]): void {
  describe("without one control, its attacks break and no others", { concurrency: 1 }, () => {
    for (const identity of CHOSEN)
      for (const each of mutations)
        test(`as ${identity.name}: without ${each.name}`, { timeout: 200_000 }, () => check(each, identity));
  });
}

async function check(mutation: MutationCase, identity: Identity): Promise<void> {
  const { broken, missing } = await outcomeOf(mutation, identity);
  const { breaks, also = {}, heldForRoot = {} } = mutation;
  const held = identity.uid === 0 ? heldForRoot : {};
  const wanted = ATTACKS.map(({ id }) => id).filter((id) => isMeant(id, breaks) && !(id in held));
  assert.deepEqual(
    wanted.filter((id) => !(id in broken)),
    [],
    `these should break. Not made: ${JSON.stringify(missing)}`,
  );
  const unexplained = Object.entries(broken).filter(([id]) => !isMeant(id, [...breaks, ...Object.keys(also)]));
  assert.deepEqual(unexplained, [], "these break without a reason");
}

/** Those attacks that should break, and of every control the one that it names; all of them as the ordinary user when that is asked for. */
async function outcomeOf({ name, breaks, program, few: fewOnly }: MutationCase, identity: Identity): Promise<Outcome> {
  const named = new Set(CONTROLS.map(({ attack }) => attack));
  const few = ATTACKS.map(({ id }) => id).filter((id) => named.has(id) || isMeant(id, breaks));
  const chosen = ASKED === "all" && identity === ordinary && fewOnly !== true ? [] : few;
  const argv = [process.execPath, ...(program === undefined ? [] : ["--import", PATCHED]), PROGRAM, name, ...chosen];
  const result = await exec(argv, { identity, cwd: "/", timeoutMs: 180_000 });
  assert.equal(result.code, 0, describeResult(result));
  // Checked border: the line is made by run-mutation.
  return JSON.parse(result.stdout) as Outcome;
}

export function isMeant(id: string, words: readonly string[]): boolean {
  const control = ATTACKS.find((attack) => attack.id === id)?.control ?? "";
  return words.some((word) => word === id || word === groupOf(id) || word === control);
}
