import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { makePlace } from "./fixture.js";
import { MAX_LINE_BYTES } from "./format.js";
import { readLines } from "./lines.js";

function read(file: string): { readonly lines: readonly string[]; readonly torn: string } {
  const lines: string[] = [];
  let torn = "";
  readLines(file, {
    line: (bytes) => lines.push(bytes.toString("latin1")),
    torn: (bytes) => {
      torn = bytes.toString("latin1");
    },
  });
  return { lines, torn };
}

test("lines come whole, whatever their length and wherever a piece of the file ends", (t) => {
  const file = posix.join(makePlace(t).dir, "file");
  const length = fc.oneof(fc.nat(300), fc.integer({ min: 1024 * 1024 - 3, max: 1024 * 1024 + 3 }), fc.nat(2_500_000));
  fc.assert(
    fc.property(fc.array(length, { maxLength: 5 }), fc.nat(20), (lengths, rest) => {
      const lines = lengths.map((count, index) => String(index).repeat(count));
      const torn = "t".repeat(rest);
      writeFileSync(file, lines.map((line) => `${line}\n`).join("") + torn);
      assert.deepEqual(read(file), { lines, torn });
    }),
    { numRuns: 25 },
  );
});

test("a line that is longer than any of a record is one that can't be read, and the next is read again", (t) => {
  const file = posix.join(makePlace(t).dir, "file");
  writeFileSync(
    file,
    Buffer.concat([Buffer.from("a\n"), Buffer.alloc(MAX_LINE_BYTES * 2 + 17, 120), Buffer.from("\nb\nc")]),
  );
  assert.deepEqual(read(file), { lines: ["a", "a line that is too long", "b"], torn: "c" });
});

test("what isn't a regular file is refused", (t) => {
  assert.throws(() => read(makePlace(t).dir), /isn't a regular file/);
  assert.throws(() => read("/dev/zero"), /isn't a regular file/);
});
