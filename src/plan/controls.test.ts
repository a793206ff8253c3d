import assert from "node:assert/strict";
import { test } from "node:test";
import { askedControls, CONTROLS, controlOf } from "./controls.js";
import { fixturePolicy, type Sections } from "./testing/policy.js";

const asked = (changes: Sections = {}) => askedControls(fixturePolicy(changes).settings);

test("every control has an id of its own, a sentence, a threat and an attack", () => {
  assert.equal(new Set(CONTROLS.map((control) => control.id)).size, CONTROLS.length);
  assert.equal(new Set(CONTROLS.map((control) => control.attack)).size, CONTROLS.length);
  for (const control of CONTROLS) {
    assert.match(control.id, /^[a-z]+\.[a-z]+(?:-[a-z]+)*$/);
    assert.match(control.sentence, /^[A-Z/].*\.$/);
    assert.ok(control.threats.length > 0 && control.threats.every((threat) => /^H\d+$/.test(threat)));
    assert.equal(controlOf(control.id), control);
  }
});

test("a plain policy asks for the walls, and for no network", () => {
  const ids = asked();
  for (const id of ["files.home-hidden", "process.seccomp", "network.none", "workspace.protected-names", "limits.pids"])
    assert.ok(ids.includes(id), id);
  for (const id of ["files.deny", "workspace.read-only", "network.allowlist", "limits.memory"])
    assert.ok(!ids.includes(id), id);
});

test("what a policy names is asked for", () => {
  assert.ok(asked({ filesystem: { deny: ["**/.env"] } }).includes("files.deny"));
  assert.ok(asked({ workspace: { mode: "read" } }).includes("workspace.read-only"));
  assert.ok(asked({ limits: { memoryBytes: 1 } }).includes("limits.memory"));
  assert.ok(!asked({ process: { nested: true } }).includes("process.no-namespaces"));
  assert.ok(asked({ network: { mode: "allowlist", allow: [] } }).includes("network.none"));
});
