import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { shVariable, shWord } from "./sh.js";
import { environmentWord, execWord, unitPath, unitText } from "./systemd.js";
import { yamlDocument, yamlText } from "./yaml.js";

const refused = { code: "export-refused" };
const text = fc.string({ unit: "binary", maxLength: 40 }).filter((each) => !/[\0\ud800-\udfff]/.test(each));

test("a shell reads back every word as it was", () => {
  const words = fc.sample(text, 200);
  const script = `printf '%s\\0' ${[...words, "$HOME", "'", "-n", "a b", "*", "~", "`id`"].map(shWord).join(" ")}`;
  const read = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  assert.deepEqual(read, [...words, "$HOME", "'", "-n", "a b", "*", "~", "`id`"]);
  assert.throws(() => shWord("a\0b"), refused);
});

test("only a name becomes a variable of a shell", () => {
  assert.equal(shVariable("LC_ALL").raw, `"$\{LC_ALL-}"`);
  assert.throws(() => shVariable("A;id"), refused);
});

test("a unit's words are quoted, and nothing in them is a specifier or a variable", () => {
  assert.equal(execWord("plain"), '"plain"');
  assert.equal(execWord('%h $HOME $A "q" \\ \n\t'), '"%%h $$HOME $$A \\"q\\" \\\\ \\x0a\\x09"');
  assert.equal(environmentWord("A", "$B %h"), '"A=$B %%h"');
  assert.throws(() => execWord("\0"), refused);
});

test("a unit's path that has no way to be written is refused", () => {
  assert.equal(unitPath("/home/ada"), "/home/ada");
  assert.equal(unitPath("/a b/100%/it's"), `"/a b/100%%/it's"`);
  for (const path of ["/a:b", '/a"b', "/a\\b", "/a\nb"]) assert.throws(() => unitPath(path), refused);
  assert.throws(() => unitText("a\nExecStart=/bin/evil"), refused);
});

test("YAML reads back every text as it was, also one that looks like something else", () => {
  for (const value of [
    ...fc.sample(text, 200),
    "no",
    "1e3",
    "2026-01-01",
    "~",
    "*a",
    "\u0085\u2028\ufeff",
    "- a: b # c",
  ])
    assert.equal(parse(yamlText(value)), value);
});

test("a YAML document with comments reads back as the value", () => {
  const value = {
    kind: "Pod",
    on: "y",
    "a.b/c": [1, true, "x"],
    empty: {},
    none: [],
    list: [
      { name: "first", args: ["-c", "a\nb"] },
      { name: "second", deep: { x: [["n"]].length } },
    ],
  };
  const lines = yamlDocument(value, { list: ["# two of them"], "list.1": ["# the second"] });
  assert.deepEqual(parse(lines.join("\n")), value);
  assert.ok(lines.includes("  # the second"));
});
