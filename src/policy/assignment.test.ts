import assert from "node:assert/strict";
import { test } from "node:test";
import { readAssignment } from "./assignment.js";

for (const [text, path, value, append] of [
  ["limits.memory=512M", ["limits", "memory"], "512M", undefined],
  ["limits.pids=7", ["limits", "pids"], 7, undefined],
  ["process.nested=true", ["process", "nested"], true, undefined],
  ["network.allow=a.example", ["network", "allow"], "a.example", true],
  ["network.allow=[a.example, b.example]", ["network", "allow"], ["a.example", "b.example"], undefined],
  ["network.allow={ host: a.example, ports: [80] }", ["network", "allow"], { host: "a.example", ports: [80] }, true],
  ["limits.cpu=200%", ["limits", "cpu"], "200%", undefined],
  ["process.env.set.A=b=c", ["process", "env", "set", "A"], "b=c", undefined],
] as const) {
  test(`--set ${text}`, async () => {
    const read = await readAssignment(text);
    assert.ok(read.ok);
    assert.deepEqual(read.value, { option: "--set", path, value, ...(append === undefined ? {} : { append }) });
  });
}

for (const text of [
  "",
  "limits.memory",
  "=x",
  "a..b=1",
  "__proto__.x=1",
  "a.__proto__=1",
  "version=1",
  "extends=x",
  "a=[",
  "a=*x",
  "a=!!str x",
]) {
  test(`--set ${JSON.stringify(text)} is refused`, async () => {
    assert.equal((await readAssignment(text)).ok, false);
  });
}
