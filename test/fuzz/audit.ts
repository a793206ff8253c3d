// The verifier on records that were changed at random, down to single bytes: it always ends with an answer, and only ever says "whole"
// of a record that is.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { SignatureChecker } from "../../src/audit/checkpoint.js";
import { diagnose } from "../../src/audit/diagnose.js";
import { eventOf, RUN, recordOf, writeRecord } from "../../src/audit/fixture.js";
import { eventLine, hashOf, parseLine } from "../../src/audit/format.js";
import { knownKeys } from "../../src/audit/keys.js";
import { Walk } from "../../src/audit/walk.js";
import { fuzz } from "./limit.js";

const { checker, whole } = await makeRecord();

async function makeRecord() {
  const dir = mkdtempSync(join(tmpdir(), "cordon-fuzz-"));
  try {
    const place = { dir, records: join(dir, "audit") };
    await writeRecord(place, 40, { checkpoint: { events: 9, everyMs: 1e9 } });
    const lines = recordOf(place).parts.map(({ file }) => readFileSync(file));
    return { checker: new SignatureChecker(knownKeys(dir)), whole: Buffer.concat(lines) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    '{"seq":',
    '{"type":"checkpoint",',
    '{"type":"gap","from":',
    `"run":"${RUN}"`,
    ',"prev":"',
    '"}',
    "\n",
    "9",
    "-1",
  ),
  fc.string({ maxLength: 40 }),
  fc.constant(eventLine(eventOf(7), "0".repeat(64)).toString()),
);

const edit = fc.record({
  at: fc.nat(whole.length),
  remove: fc.oneof(fc.nat(3), fc.nat(2000)),
  put: fc.oneof(piece, fc.record({ from: fc.nat(whole.length), length: fc.nat(2000) })),
});

function edited(bytes: Buffer, { at, remove, put }: typeof edit extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const text = typeof put === "string" ? Buffer.from(put) : whole.subarray(put.from, put.from + put.length);
  return Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at + remove)]);
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

await fuzz(
  fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    const bytes = edits.reduce(edited, whole);
    const lines = linesOf(bytes);
    const walk = new Walk(RUN, checker);
    walk.beginPart(0);
    for (const line of lines) walk.push(line);
    const locate = (wanted: ReadonlySet<string>) =>
      new Map(lines.flatMap((line, at) => (wanted.has(hashOf(line)) ? [[hashOf(line), at + 1] as const] : [])));
    const findings = diagnose(walk, locate);
    for (const { line, toLine = line } of findings) assert.ok(line >= 0 && toLine <= lines.length && line <= toLine);
    assert.equal(findings.length === 0, walk.intact);
    // A whole record is the whole text; bytes after its last newline are the reader's to find.
    if (walk.intact && walk.final !== undefined) assert.ok(bytes.subarray(0, whole.length).equals(whole));
    for (const line of lines) {
      const read = parseLine(line);
      if (read !== undefined) assert.match(read.prev, /^[0-9a-f]{64}$/);
    }
  }),
);
