import assert from "node:assert/strict";
import { test } from "node:test";
import { effort } from "../../test/support/effort.js";
import { readDocument } from "./document.js";

const encode = (text: string) => new TextEncoder().encode(text);

function problem(content: string | Uint8Array): string {
  const result = readDocument(typeof content === "string" ? encode(content) : content, "p.yaml");
  assert.ok(!result.ok, "it was accepted");
  assert.equal(result.diagnostics.length, 1);
  const [{ place, message }] = result.diagnostics as [(typeof result.diagnostics)[number]];
  return `${place.line}:${place.column} ${message}`;
}

test("every value knows its line and column, a list or mapping under a key the key's", () => {
  const result = readDocument(encode("a: 1\nb:\n  - x\n  - { c: d }\n"), "p.yaml");
  assert.ok(result.ok);
  assert.deepEqual(result.document.value, { a: 1, b: ["x", { c: "d" }] });
  const places = Object.fromEntries(
    [...result.document.places].map(([path, place]) => [path, `${place.line}:${place.column}`]),
  );
  assert.deepEqual(places, { "": "1:1", a: "1:4", b: "2:1", "b.0": "3:5", "b.1": "4:5", "b.1.c": "4:10" });
});

test("JSON is read as the YAML that it is, and a byte order mark and CRLF are no problem", () => {
  const result = readDocument(encode('\ufeff{\r\n  "a": [true, null, 1.5]\r\n}\r\n'), "p.json");
  assert.deepEqual(result.ok && result.document.value, { a: [true, null, 1.5] });
});

test("YAML 1.2 it is: yes, no and on are texts", () => {
  const result = readDocument(encode("a: yes\nb: on\nc: 1_000\nd: 0o17\n"), "p.yaml");
  assert.deepEqual(result.ok && result.document.value, { a: "yes", b: "on", c: "1_000", d: 15 });
});

for (const [name, content, expected] of [
  ["an alias", "a: &x 1\nb: *x\n", "1:7 anchors (&name) aren't allowed in a policy"],
  ["an unknown alias", "a: 1\nb: *x\n", "2:4 "],
  ["a tag", "a: !!str 1\n", "1:10 tags (tag:yaml.org,2002:str) aren't allowed in a policy"],
  ["a merge key", "a: 1\n<<: { b: 2 }\n", "2:1 merge keys (<<) aren't allowed in a policy"],
  ["a duplicate key", "a: 1\nb: 2\na: 3\n", '3:1 the key "a" is written twice'],
  ["a key that is a number", "1: x\n", "1:1 a key must be a plain text"],
  ["a key that is a list", "? [a]\n: x\n", "1:3 a key must be a plain text"],
  ["__proto__", '"__proto__": { a: 1 }\n', "1:1 the key __proto__ isn't allowed in a policy"],
  ["a second document", "a: 1\n---\nb: 2\n", "2:1 a policy is one YAML document, and a second one begins here"],
  ["infinity", "a: .inf\n", "1:4 this kind of value isn't allowed in a policy"],
  ["NUL", "a: 1\nb: x\0y\n", "2:5 the character \\x00 (U+0000) isn't allowed in a policy"],
  [
    "a character that turns the line round",
    "a: x\u202ey\n",
    "1:5 the character \\u{202e} (U+202E) isn't allowed in a policy",
  ],
  ["a tab as indentation", "a:\n\tb: 1\n", "2:1 "],
  ["an empty file", "", "1:1 the file is empty"],
  ["comments only", "# nothing\n", "1:1 the file is empty"],
] as const) {
  test(`${name} is refused with its place`, () => {
    const found = problem(content);
    assert.ok(found.startsWith(expected), found);
  });
}

test("bytes that aren't UTF-8 are refused where they stand", () => {
  assert.match(
    problem(Uint8Array.from([0x61, 0x3a, 0x0a, 0x62, 0x3a, 0x20, 0xc3, 0x28])),
    /^2:4 the file isn't valid UTF-8/,
  );
  assert.match(problem(Uint8Array.from([0xff, 0xfe, 0x61, 0x00])), /^1:1 the file isn't valid UTF-8/);
});

test("constructor and toString are keys like any other", () => {
  const result = readDocument(encode("constructor: 1\ntoString: 2\n"), "p.yaml");
  assert.deepEqual(result.ok && result.document.value, { constructor: 1, toString: 2 });
});

const ALMOST = 1024 * 1024 - 64;
const filled = (part: string) => part.repeat(Math.floor(ALMOST / part.length));

for (const [name, content] of [
  ["brackets", filled("[")],
  ["braces", filled("{")],
  ["dashes", filled("- ")],
  ["question marks", filled("? ")],
  ["inline keys", filled("a: ")],
  ["indented keys", Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n")],
] as const) {
  test(`a megabyte of nested ${name} is refused before it costs time or stack`, () => {
    const took = effort();
    assert.match(problem(content), /nested more than 32 levels/);
    assert.ok(took() < 1000);
  });
}

for (const [name, content] of [
  ["keys", Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join("\n")],
  ["items", `a:\n${filled("  - x\n")}`],
  ["empty items", filled("-\n")],
  ["anchors", filled("&a ")],
  ["aliases", filled("*a ")],
  ["documents", filled("---\n")],
  ["flow items", `[${filled("x,")}]`],
  ["empty lists", `[${filled("[],")}]`],
  ["directives", filled("%A\n")],
  ["unclosed text", `"${filled("x")}`],
  ["colons", filled(":")],
  ["ten megabytes", "x".repeat(10_000_000)],
] as const) {
  test(`hostile amounts (${name}) end in one problem in under a second`, () => {
    const took = effort();
    assert.match(problem(content), /^\d+:\d+ /);
    assert.ok(took() < 1000);
  });
}
