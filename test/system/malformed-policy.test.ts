// Three hundred malformed policies: each is refused with status 125 and a place, never with a stack trace, and nothing runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { malformedPolicies } from "../../src/policy/malformed.js";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const COUNT = 300;
const SEED = 20260101;

test("each of 300 malformed policies is refused in one clear line with its place", { timeout: 600_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const policy = stage.path("bent.yaml");
  // Whether a bent policy is still a valid one is asked of `cordon check`; those are replaced by others.
  const isValid = async (bytes: Uint8Array): Promise<boolean> => {
    stage.write("bent.yaml", Buffer.from(bytes));
    return (await exec(cordonArgv("check", policy), { identity: ordinary, cwd: stage.workspace })).code === 0;
  };
  const policies = await malformedPolicies(SEED, COUNT, isValid);
  assert.equal(policies.length, COUNT);
  for (const { name, bytes } of policies) {
    stage.write("bent.yaml", Buffer.from(bytes));
    const started = performance.now();
    const argv = cordonArgv("run", "-p", policy, "-w", stage.workspace, "--", "touch", "ran");
    const result = await exec(argv, { identity: ordinary, cwd: stage.workspace });
    const what = `${name}: ${describeResult(result)}`;
    assert.equal(result.code, 125, what);
    assert.equal(result.stdout, "", what);
    const lines = result.stderr.trimEnd().split("\n");
    for (const line of lines) assert.match(line, /bent\.yaml:\d+:\d+: |more problem/, what);
    assert.doesNotMatch(result.stderr, /\n\s+at |Error:|node:internal/, what);
    assert.ok(performance.now() - started < 5000, `${name} took ${performance.now() - started} ms`);
  }
  assert.equal(stage.exists("workspace/ran"), false);
});
