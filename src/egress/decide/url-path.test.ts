import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalPath, matchesPath } from "./url-path.js";

for (const [raw, path] of [
  ["/", "/"],
  ["/a/b", "/a/b"],
  ["/a/b/", "/a/b/"],
  ["/a?x=../..//%2e", "/a"],
  ["/a?", "/a"],
  ["/%61%2D%7e%5F", "/a-~_"],
  ["/%41bc", "/Abc"],
  ["/a%20b", "/a%20b"],
  ["/%c3%a9", "/%C3%A9"],
  ["/@scope/name", "/@scope/name"],
  ["/%40scope", "/%40scope"],
  ["/a.b/.well-known/..x/x..", "/a.b/.well-known/..x/x.."],
  ["/100%25", "/100%25"],
  ["/100%25x", "/100%25x"],
  ["/a:b!$&'()*+,=", "/a:b!$&'()*+,="],
] as const) {
  test(`the path ${raw} is judged as ${path}`, () => {
    assert.deepEqual(canonicalPath(raw), { ok: true, path });
  });
}

for (const raw of [
  "",
  "a",
  "*",
  "http://a/b",
  "/a#b",
  "/a?b#c",
  "/a b",
  "/a\tb",
  "/a\0",
  "/a\r\nX: y",
  "/a\x7f",
  "/\u00e9",
  "/a?\u00e9",
  "/a\\b",
  "/..\\b",
  "/..",
  "/a/../b",
  "/a/..",
  "/a/.../b",
  "/..;/a",
  "/a/..;x=y/b",
  "/a/.;/b",
  "/a/..%3bx/b",
  "/a/..%20/b",
  "/a/%20../b",
  "/..%2fa",
  "/a%2f./b",
  "/a%2f..%2fb",
  "/%2e%2e/a",
  "/%2E%2e/a",
  "/.%2e/a",
  "/a%2eb",
  "/a%5cb",
  "/a%5C..%5Cb",
  "/a%00",
  "/a%0d%0ab",
  "/a%1f",
  "/a%7F",
  "/a%",
  "/a%2",
  "/a%zz",
  "/a%u002e",
  "/%252e%252e/a",
  "/%252fa",
  "/%255c",
  "/%2500",
  "/%25252e",
  "/%25%32%65",
  "/%252%65",
  "/%c0%ae%c0%ae/a",
  "/%c0%af",
  "/%e0%80%af",
  "/%ff",
  "/%ed%a0%80",
  "/%ef%bc%8f",
  "/%ef%bc%8e%ef%bc%8e",
  "/%e2%80%a5",
  "/%ef%bc%85",
  "/%cd%be",
  `/${"a".repeat(8200)}`,
]) {
  test(`the path ${JSON.stringify(raw).slice(0, 40)} is refused, also where no path is matched`, () => {
    const read = canonicalPath(raw);
    assert.ok(!read.ok);
    assert.equal(read.harmless, false);
  });
}

const harmless = ["/@scope%2fname", "/a%2Fb", "//a", "/a//b", "/a//", "/a;x", "/a;x=y/b", "/a%3Bb", "/a%2541"];
for (const raw of [...harmless, "/.", "/./a", "/a/./b"]) {
  test(`the path ${raw} is refused where paths are matched, and ordinary elsewhere`, () => {
    const read = canonicalPath(raw);
    assert.ok(!read.ok);
    assert.equal(read.harmless, true);
  });
}

test("globs match whole segments, and case and the last slash matter", () => {
  for (const [glob, path] of [
    ["/**", "/"],
    ["/**", "/a/b/c"],
    ["/repos/me/**", "/repos/me"],
    ["/repos/me/**", "/repos/me/"],
    ["/repos/me/**", "/repos/me/x/y"],
    ["/repos/*/issues", "/repos/x/issues"],
    ["/a/*", "/a/"],
    ["/a/*.json", "/a/b.json"],
    ["/a/**/z", "/a/z"],
    ["/a/**/z", "/a/b/c/z"],
    ["/", "/"],
  ] as const)
    assert.ok(matchesPath(glob, path), `${glob} ${path}`);
  for (const [glob, path] of [
    ["/repos/me/**", "/repos/me2/x"],
    ["/repos/me/**", "/repos/"],
    ["/repos/*/issues", "/repos/x/y/issues"],
    ["/a/*", "/a"],
    ["/a/*", "/a/b/c"],
    ["/a", "/a/"],
    ["/a", "/A"],
    ["/", "/a"],
    ["/a/*.json", "/a/b/c.json"],
  ] as const)
    assert.ok(!matchesPath(glob, path), `${glob} ${path}`);
});

/** Readers in the wild: decode once or twice, resolve dots, fold backslashes and double slashes, drop parameters. */
function otherReadings(path: string): readonly string[] {
  const once = decodeURIComponent(path);
  const resolve = (text: string) => {
    const out: string[] = [];
    for (const segment of text.replaceAll("\\", "/").split("/")) {
      const name = segment.split(";")[0] ?? "";
      if (name === "..") out.pop();
      else if (name !== "." && name !== "") out.push(name);
    }
    return `/${out.join("/")}`;
  };
  let twice = once;
  try {
    twice = decodeURIComponent(once);
  } catch {
    // An origin that decodes twice fails here.
  }
  return [resolve(path), resolve(once), resolve(twice)];
}

test("whatever is accepted is canonical, and no other reader leaves the folder that it is seen in", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "/",
    "..",
    ".",
    "%2e",
    "%2F",
    "%25",
    "2e",
    "2f",
    "%5c",
    "\\",
    ";",
    "%3b",
    "//",
    "%20",
    "?",
  );
  const raw = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((parts) => `/open/${parts.join("")}`),
    fc.string({ maxLength: 20 }).map((text) => `/open/${text}`),
  );
  fc.assert(
    fc.property(raw, (text) => {
      const read = canonicalPath(text);
      if (!read.ok) return;
      assert.deepEqual(canonicalPath(read.path), read);
      assert.ok(matchesPath("/open/**", read.path));
      for (const reading of otherReadings(read.path)) assert.match(`${reading}/`, /^\/open\//);
    }),
    { numRuns: 5000 },
  );
});
