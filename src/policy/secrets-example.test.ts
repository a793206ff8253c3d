// The policies of docs/secrets.md are policies: each is read as a user's would be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadPolicy } from "./load.js";

const page = readFileSync(new URL("../../../docs/secrets.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

test("every example of the page on secrets is a valid policy without warnings of its secrets", async () => {
  assert.ok(examples.length >= 2);
  for (const example of examples) {
    const whole = example.startsWith("version:")
      ? example
      : `version: 1\nnetwork: { allow: [github.com, api.github.com] }\n${example}`;
    const file = "/work/cordon.yaml";
    const texts = new Map([[file, Buffer.from(whole)]]);
    const loaded = await loadPolicy({ file, texts, profiles: [], overrides: [], home: "/home/ada", cwd: "/work" });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.deepEqual(loaded.warnings, []);
    assert.ok(Object.keys(loaded.policy.settings.secrets).length > 0);
  }
});
