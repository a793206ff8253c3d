import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fetchValue } from "./sources/source.js";
import { SecretStore } from "./store.js";

test("a stored secret is the user's alone, and is read back as it was", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "cordon-test-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const store = new SecretStore({}, home);
  assert.equal(await store.read("key"), undefined);
  assert.deepEqual(await store.names(), []);
  const secret = { value: "sk-12345", hosts: ["api.test"], env: "KEY", ttl: "1h" };
  await store.write("key", secret);
  await store.write("key", secret);
  const path = join(home, ".local/state/cordon/secrets/key.json");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  assert.deepEqual(await store.read("key"), secret);
  assert.deepEqual(await store.names(), ["key"]);
  const fetched = await fetchValue("store:key", { HOME: home });
  assert.equal(fetched.ok ? fetched.bytes.toString() : fetched.problem, "sk-12345");
  assert.equal(await store.remove("key"), true);
  assert.equal(await store.remove("key"), false);
});

test("what isn't one is refused: links, what others can read, other names", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "cordon-test-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const store = new SecretStore({}, home);
  await store.write("key", { value: "v", hosts: [] });
  const folder = join(home, ".local/state/cordon/secrets");
  symlinkSync(join(folder, "key.json"), join(folder, "link.json"));
  await assert.rejects(store.read("link"), /can't be read as a secret/);
  chmodSync(join(folder, "key.json"), 0o644);
  await assert.rejects(store.read("key"), /can be read by others/);
  writeFileSync(join(folder, "odd.json"), '{"version":1,"hosts":[1]}', { mode: 0o600 });
  await assert.rejects(store.read("odd"), /can't be read as a secret/);
  await assert.rejects(store.read("../key"), /a secret has a name/);
});
