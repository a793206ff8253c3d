import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { effort } from "../../test/support/effort.js";
import { compilePath, componentMatches, componentsMatch } from "./pattern.js";

for (const [pattern, path, expected] of [
  ["/a/b", "/a/b", true],
  ["/a/b", "/a/b/c", false],
  ["/a/*", "/a/b", true],
  ["/a/*", "/a/.b", true],
  ["/a/*", "/a/b/c", false],
  ["/a/*", "/a", false],
  ["/a/**", "/a", true],
  ["/a/**", "/a/b/c", true],
  ["/a/**/z", "/a/z", true],
  ["/a/**/z", "/a/b/c/z", true],
  ["/a/**/z", "/a/b/c/zz", false],
  ["**/.env", "/a/b/.env", true],
  ["**/.env", "/.env", true],
  ["**/.env", "/a/.envrc", false],
  ["**/*.pem", "/a/b/c.pem", true],
  ["**/.git/hooks", "/a/.git/hooks", true],
  ["**/.git/hooks", "/a/.git/x/hooks", false],
  ["/a/?b", "/a/xb", true],
  ["/a/?b", "/a/b", false],
  ["/a/?", "/a/😀", true],
  ["/a/[id]", "/a/[id]", true],
  ["/a/[id]", "/a/i", false],
  ["/a/{b,c}", "/a/b", false],
  ["/a/b*c*d", "/a/bxcycd", true],
  ["/", "/", true],
] as const) {
  test(`${pattern} ${expected ? "names" : "doesn't name"} ${path}`, () => {
    assert.equal(compilePath(pattern).matches(path), expected);
  });
}

test("a pattern covers what lies in the folders that it names", () => {
  assert.ok(compilePath("/a/b").covers("/a/b/c/d"));
  assert.ok(compilePath("**/.ssh").covers("/home/x/.ssh/id_rsa"));
  assert.ok(compilePath("/home/*").covers("/home/x/y"));
  assert.ok(!compilePath("/a/b").covers("/a/bc"));
  assert.ok(!compilePath("/a/b").covers("/a"));
});

test("the search for a pattern begins at its deepest plain folder", () => {
  assert.equal(compilePath("/a/b/*.pem").root, "/a/b");
  assert.equal(compilePath("/a/b").root, "/a/b");
  assert.equal(compilePath("**/x").root, "/");
});

const component = fc.stringMatching(/^[ab*?]{1,6}$/).filter((text) => text !== "**");
const name = fc.stringMatching(/^[ab]{1,6}$/);

/** The obvious recursive meaning, exponential but for short texts certain. */
function slowly(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return slowly(pattern.slice(1), text) || (text !== "" && slowly(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && slowly(pattern.slice(1), text.slice(1));
}

function slowlyAll(pattern: readonly string[], names: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return names.length === 0;
  if (head === "**") return slowlyAll(rest, names) || (names.length > 0 && slowlyAll(pattern, names.slice(1)));
  return names[0] !== undefined && slowly(head, names[0]) && slowlyAll(rest, names.slice(1));
}

test("one component matches as the obvious definition says", () => {
  fc.assert(
    fc.property(component, name, (pattern, text) =>
      assert.equal(componentMatches(pattern, text), slowly(pattern, text)),
    ),
    { numRuns: 3000 },
  );
});

test("paths match as the obvious definition says", () => {
  const patterns = fc.array(fc.oneof(component, fc.constant("**")), { maxLength: 5 });
  const names = fc.array(name, { maxLength: 6 });
  fc.assert(
    fc.property(patterns, names, (pattern, path) =>
      assert.equal(componentsMatch(pattern, path), slowlyAll(pattern, path)),
    ),
    { numRuns: 3000 },
  );
});

test("patterns that choke regular expressions take no time", () => {
  const took = effort();
  assert.ok(!componentMatches("*a".repeat(100), `${"a".repeat(5000)}b`));
  assert.ok(
    !componentsMatch(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? "**" : "a*")),
      new Array(2000).fill("ab").concat("c"),
    ),
  );
  assert.ok(took() < 1000);
});
