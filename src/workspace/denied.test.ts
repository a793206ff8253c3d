import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { planOf } from "../plan/testing/plans.js";
import type { GuardedName, Plan } from "../plan/types.js";
import { bytesOf, deniedNames, textOf } from "./denied.js";

function deniedBy(
  components: readonly string[],
  path: string,
  more: Partial<GuardedName> & { readonly source?: string } = {},
): boolean {
  const { source = "/ws", ...name } = more;
  const { plan } = planOf({});
  const names: readonly GuardedName[] = [{ kind: "deny", components, origin: "filesystem.deny.0", ...name }];
  const changed: Plan = { ...plan, guard: { ...plan.guard, names } };
  return deniedNames(changed, { source, target: "/ws" }).denies(
    bytesOf(path),
    bytesOf(path.slice(path.lastIndexOf("/") + 1)),
  );
}

for (const [pattern, path, expected] of [
  [".env", ".env", true],
  [".env", "a/b/.env", true],
  [".env", "a/.envrc", false],
  [".env", "a/.ENV", true],
  ["*.Key", "a/x.KEY", true],
  ["conf/*.key", "conf/x.key", true],
  ["conf/*.key", "x.key", false],
  ["conf/**/x", "conf/a/b/x", true],
  ["conf/**/x", "conf/x", true],
  ["conf/**", "conf", true],
  ["**", "anything", true],
  ["?.key", "é.key", false],
  ["??.key", "é.key", true],
] as const) {
  test(`at any depth ${pattern} ${expected ? "denies" : "leaves"} ${path}`, () => {
    assert.equal(deniedBy(pattern.split("/"), path), expected);
  });
}

test("an anchored name holds only from its anchor on", () => {
  assert.ok(deniedBy(["x"], "sub/x", { anchor: "/ws/sub" }));
  assert.ok(!deniedBy(["x"], "x", { anchor: "/ws/sub" }));
  assert.ok(!deniedBy(["x"], "other/sub/x", { anchor: "/ws/sub" }));
});

test("a folder of the pattern may lie above the tree, on the host as well", () => {
  assert.ok(deniedBy(["conf", "*.key"], "x.key", { source: "/home/ada/conf" }));
});

test("protected names aren't denied", () => {
  assert.ok(!deniedBy(["x"], "x", { kind: "protect" }));
});

test("text goes through its bytes and back, and what isn't UTF-8 has no text", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => textOf(bytesOf(text)) === text));
  assert.equal(textOf("caf\u00e9"), undefined);
});
