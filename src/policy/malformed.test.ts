import assert from "node:assert/strict";
import { test } from "node:test";
import { effort } from "../../test/support/effort.js";
import { type LoadResult, loadPolicy } from "./load.js";
import { malformedPolicies } from "./malformed.js";
import { SOUND_POLICY } from "./malformed-samples.js";

const SEED = 20_240_229;

function load(bytes: Uint8Array): Promise<LoadResult> {
  const file = "/work/cordon.yaml";
  return loadPolicy({
    file,
    texts: new Map([[file, bytes]]),
    profiles: [],
    overrides: [],
    home: "/home/sam",
    cwd: "/work",
  });
}

test("the policy that malformed ones are made from is valid", async () => {
  const result = await load(new TextEncoder().encode(SOUND_POLICY));
  assert.deepEqual(result.ok ? [] : result.diagnostics, []);
});

test("each of 300 malformed policies is refused with a place and a clear sentence, in under a second", async () => {
  const policies = await malformedPolicies(SEED, 300, async (bytes) => (await load(bytes)).ok);
  assert.equal(policies.length, 300);
  for (const { name, bytes } of policies) {
    const took = effort();
    const result = await load(bytes);
    const ms = took();
    assert.ok(ms < 1000, `${name} took ${ms} ms`);
    assert.ok(!result.ok, name);
    assert.ok(result.diagnostics.length > 0, name);
    for (const { place, message } of result.diagnostics) {
      assert.ok(place.file !== "" && place.line >= 1 && place.column >= 1, name);
      assert.match(message, /^[^\p{Cc}]{5,600}$/u, name);
    }
  }
});

test("the same seed gives the same malformed policies", async () => {
  const never = async () => false;
  assert.deepEqual(await malformedPolicies(7, 40, never), await malformedPolicies(7, 40, never));
});
