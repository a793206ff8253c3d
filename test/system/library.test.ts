// The library as a caller uses it: many sandboxes from one process, and nothing left over. Run as an ordinary user in a process of
// its own, with the built package, as a dependent would.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { describeResult, exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { allProcesses, commandLine } from "../support/processes.js";
import { CORDON } from "../support/repository.js";
import { makeStage } from "../support/stage.js";

const LIBRARY = join(dirname(CORDON), "index.js");

const FIFTY = `
import { readdirSync } from "node:fs";
import { load, resolve, run } from ${JSON.stringify(LIBRARY)};
const descriptors = () => readdirSync("/proc/self/fd").length;
const policy = await load({ file: process.argv[2], cwd: process.argv[3], set: { "workspace.path": process.argv[3] } });
const once = async (number) => {
  const plan = await resolve(policy, { command: ["sh", "-c", "echo out " + number + "; exit " + (number % 7)], cwd: process.argv[3] });
  const sandbox = await run(plan, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of sandbox.stdout) text += chunk;
  const { code } = await sandbox.exit;
  const types = [];
  for await (const event of sandbox.events) types.push(event.type);
  return { number, text, code, types };
};
await once(0);
const before = descriptors();
const results = await Promise.all(Array.from({ length: 50 }, (_, index) => once(index)));
// What is closed in the background has its moment.
for (let tries = 0; tries < 100 && descriptors() > before; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
console.log(JSON.stringify({ results, before, after: descriptors() }));
`;

interface Outcome {
  readonly results: readonly {
    readonly number: number;
    readonly text: string;
    readonly code: number;
    readonly types: readonly string[];
  }[];
  readonly before: number;
  readonly after: number;
}

for (const identity of identities) {
  describe(`library, as ${identity.name}`, () => {
    test("fifty sandboxes at once from one process, and nothing is left", { timeout: 120_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const script = stage.write("fifty.mjs", FIFTY);
      const argv = [process.execPath, script, stage.path("policy.yaml"), stage.workspace];
      const result = await exec(argv, { identity, cwd: stage.workspace, timeoutMs: 100_000 });
      assert.equal(result.code, 0, describeResult(result));
      // Checked border: printed by the script above.
      const outcome = JSON.parse(result.stdout) as Outcome;
      assert.equal(outcome.results.length, 50);
      for (const { number, text, code, types } of outcome.results) {
        assert.equal(text, `out ${number}\n`);
        assert.equal(code, number % 7);
        assert.equal(types[0], "run.started");
        assert.equal(types.at(-1), "run.exited");
      }
      assert.ok(outcome.after <= outcome.before, `descriptors: ${outcome.before} before, ${outcome.after} after`);
      const left = allProcesses().filter((one) => one.state !== "Z" && commandLine(one.pid).includes(stage.root));
      assert.deepEqual(left, []);
      assert.deepEqual(readdirSync(stage.workspace), []);
    });
  });
}
