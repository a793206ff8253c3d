import assert from "node:assert/strict";
import { test } from "node:test";
import { absolutePath, absolutePattern } from "./paths.js";

const BASE = { folder: "/work/project", home: "/home/sam" };
const value = (read: { readonly ok: true; readonly value: string } | { readonly ok: false }) =>
  read.ok ? read.value : undefined;

for (const [text, expected] of [
  ["/a//b/./c/", "/a/b/c"],
  ["/a/../b", "/b"],
  ["x", "/work/project/x"],
  [".", "/work/project"],
  ["../x", "/work/x"],
  ["../../../../x", "/x"],
  ["~", "/home/sam"],
  ["~/.ssh/", "/home/sam/.ssh"],
  ["./~root", "/work/project/~root"],
  ["*.pem", "/work/project/*.pem"],
  ["~/*.pem", "/home/sam/*.pem"],
  ["../*", "/work/*"],
  ["**/.env", "**/.env"],
  ["**//.env/", "**/.env"],
  ["/a/**/b", "/a/**/b"],
] as const) {
  test(`the path ${text} becomes ${expected}`, () => {
    assert.equal(value(absolutePattern(text, BASE)), expected);
  });
}

for (const text of [
  "",
  "~root",
  "~root/.ssh",
  "a\0b",
  "a\nb",
  "\u001b[31m",
  "**",
  "/a/*/../b",
  "**/../x",
  "x".repeat(5000),
]) {
  test(`the path ${JSON.stringify(text).slice(0, 30)} is refused`, () => {
    assert.equal(value(absolutePattern(text, BASE)), undefined);
  });
}

test("a folder whose own name would read as a pattern can't be the start of a relative path", () => {
  const base = { folder: "/work/a*b", home: "/home/sam" };
  assert.equal(value(absolutePattern("x", base)), undefined);
  assert.equal(value(absolutePattern("**/x", base)), "**/x");
  assert.equal(value(absolutePattern("/x", base)), "/x");
  assert.equal(value(absolutePattern("~/x", base)), "/home/sam/x");
  assert.equal(value(absolutePath("x", base)), "/work/a*b/x");
});
