import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeWord, LineSplitter, MAX_LINE_BYTES, parseControlLine } from "./control.js";

test("each line of the protocol is understood", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["started 4711", { kind: "started", pid: 4711 }],
    ["error mounts 13 /a%20b%20refused", { kind: "error", stage: "mounts", errno: 13, text: "/a b refused" }],
    ["exec-failed 2 nope", { kind: "exec-failed", errno: 2, name: "nope" }],
    [
      "protected git-config rename 7 /w/.git/config",
      { kind: "protected", rule: "git-config", operation: "rename", pid: 7, path: "/w/.git/config" },
    ],
    [
      "canary 12 1 /h/.netrc.old /usr/bin/a%20b",
      { kind: "canary", pid: 12, exact: true, path: "/h/.netrc.old", program: "/usr/bin/a b" },
    ],
    ["canary 0 0 /h/.netrc.old -", { kind: "canary", pid: 0, exact: false, path: "/h/.netrc.old", program: "-" }],
    [
      "exec 12 7 - /w/a%20b /bin/sh sh  -c x%0ay",
      {
        kind: "exec",
        pid: 12,
        parent: 7,
        truncated: false,
        cwd: "/w/a b",
        program: "/bin/sh",
        argv: ["sh", "", "-c", "x\ny"],
      },
    ],
    ["exec 1 0 t  ", { kind: "exec", pid: 1, parent: 0, truncated: true, cwd: "", program: "", argv: [] }],
    ["stopped 20", { kind: "stopped", signal: 20 }],
    ["continued", { kind: "continued" }],
    ["waiting", { kind: "waiting" }],
    ["paused", { kind: "paused" }],
    ["resumed", { kind: "resumed" }],
    ["masked /w/.env", { kind: "masked", path: "/w/.env" }],
    ["mask-failed 2 /w/.env", { kind: "mask-failed", errno: 2, path: "/w/.env" }],
    ["exit 255", { kind: "exit", code: 255 }],
    ["signal 9", { kind: "signal", number: 9 }],
  ];
  for (const [line, message] of cases) assert.deepEqual(parseControlLine(line), message, line);
});

test("anything that isn't exactly a line of the protocol is refused", () => {
  const lines = [
    "",
    "exit",
    "exit x",
    "exit -1",
    "exit 256",
    "exit 1 2",
    "exit  1",
    "exit 99999999999",
    "signal 0",
    "signal 65",
    "started 1 ",
    "toString",
    "__proto__ 1",
    "protected root open 1 /a",
    "canary 1 2 /a /b",
    "canary -1 0 /a -",
    "canary 1 1 /a",
    "Exit 1",
    "exec 1 2 - /w",
    "exec 1 2 x /w /bin/sh",
    "exec 1 -2 - /w /bin/sh",
    "exit 1\r",
    "masked é",
  ];
  for (const line of lines) assert.equal(parseControlLine(line), undefined, line);
});

test("any text is escaped to one word that is read back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const path = text.replace(/\p{Surrogate}/gu, "?");
      const word = escapeWord(path);
      assert.match(word, /^[!-~]*$/);
      assert.deepEqual(parseControlLine(`masked ${word}`), { kind: "masked", path });
    }),
  );
});

test("bytes that aren't UTF-8 don't break a message", () => {
  assert.deepEqual(parseControlLine("masked /a%ff"), { kind: "masked", path: "/a\ufffd" });
});

test("lines are the same however the stream is cut", () => {
  const lines = ["started 1", "protected deny open 2 /x", "exit 0"];
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const splitter = new LineSplitter();
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const seen = places.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(places[index], end)) ?? []);
      assert.deepEqual(seen, lines);
    }),
  );
});

test("a line without an end is given up on", () => {
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push(Buffer.alloc(MAX_LINE_BYTES, "a")), []);
  assert.equal(splitter.push(Buffer.from("a")), undefined);
});
