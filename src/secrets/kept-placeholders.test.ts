import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { KeptPlaceholders } from "./kept-placeholders.js";

test("a key has the same placeholder in each run of a home, and another key another one", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "home/keys.json");
  const [key, longer] = [`sk-test-${"a1".repeat(20)}`, `sk-test-${"b2".repeat(24)}`];
  const first = new KeptPlaceholders(path).of("key", key);
  assert.equal(new KeptPlaceholders(path).of("key", key), first);
  assert.notEqual(new KeptPlaceholders(path).of("other", key), first);
  const next = new KeptPlaceholders(path).of("key", longer);
  assert.equal(next?.length, longer.length);
  assert.equal(new KeptPlaceholders(path).of("key", "short"), undefined);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "home")).mode & 0o777, 0o700);
});
