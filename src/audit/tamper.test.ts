// What an attacker does to a record is found, and where: each kind on a record of 10,000 events, and random edits as properties.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { posix } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { linesOf, makePlace, type Place, putLines, RUN, recordOf, verifyPlace, writeRecord } from "./fixture.js";
import { genesis, hashOf } from "./format.js";
import type { RunReport } from "./verify.js";

const EVENTS = 10_000;

describe("a record of 10,000 events", () => {
  const undos: (() => void)[] = [];
  let place: Place;
  let file: string;
  let whole: readonly string[];

  before(async () => {
    place = makePlace({ after: (undo) => undos.push(undo) });
    await writeRecord(place, EVENTS);
    file = recordOf(place).parts[0]?.file ?? "";
    whole = linesOf(file);
  });
  after(() => {
    for (const undo of undos) undo();
  });

  function withLines(lines: readonly string[], options: { readonly ledger?: boolean } = {}): RunReport {
    putLines(file, lines);
    try {
      return verifyPlace(place, options);
    } finally {
      putLines(file, whole);
    }
  }

  /** Lines (from 1) that findings name, besides the ledger's word on the end. */
  function namedLines(report: RunReport): readonly (readonly [string, number, number])[] {
    return report.findings.map(({ kind, line, toLine }) => [kind, line, toLine ?? line] as const);
  }

  const places = [1, 2, 3, 500, 1001, 1002, 1003, 5000, 9999, 10_010, 10_011];

  test("verifies as it was written", () => {
    const report = verifyPlace(place);
    assert.deepEqual(report.findings, []);
    assert.equal(report.state, "finished");
    assert.equal(report.events, EVENTS);
    assert.equal(report.signedSeq, EVENTS);
    assert.equal(report.lines, EVENTS + 11);
  });

  test("a line whose content was changed is named", () => {
    for (const line of places) {
      const report = withLines(
        whole.map((text, at) => (at === line - 1 ? text.replace(/"time":"2/, '"time":"1') : text)),
      );
      assert.deepEqual(namedLines(report), [["changed", line, line]], `line ${line}`);
    }
  });

  test("a line that was only formatted anew is named", () => {
    for (const line of places) {
      const report = withLines(whole.map((text, at) => (at === line - 1 ? text.replace(",", ", ") : text)));
      assert.deepEqual(namedLines(report), [["changed", line, line]], `line ${line}`);
    }
  });

  test("a line whose hash of the line before was changed is named", () => {
    for (const line of places.slice(1)) {
      const report = withLines(
        whole.map((text, at) =>
          at === line - 1
            ? text.replace(/("prev":")./, "$1x").replace("x", text.includes('"prev":"0') ? "1" : "0")
            : text,
        ),
      );
      assert.equal(report.state, "tampered");
      assert.ok(
        namedLines(report).every(([, from, to]) => from >= line - 1 && to <= line) &&
          namedLines(report).some(([, , to]) => to === line),
        `line ${line}: ${JSON.stringify(namedLines(report))}`,
      );
    }
  });

  test("a line that was taken out is named by its number, or as a checkpoint", () => {
    for (const line of places) {
      const report = withLines(whole.toSpliced(line - 1, 1));
      const [first] = report.findings;
      const text = whole[line - 1] ?? "";
      assert.equal(report.findings.length, 1, `line ${line}: ${JSON.stringify(report.findings)}`);
      if (line === whole.length) assert.equal(first?.kind, "cut");
      else if (text.startsWith('{"type"'))
        assert.deepEqual([first?.kind, first?.line, first?.seq], ["missing", line - 1, undefined]);
      else
        assert.deepEqual(
          [first?.kind, first?.line, first?.seq, first?.toSeq],
          ["missing", line - 1, seqOf(text), seqOf(text)],
        );
    }
  });

  test("two lines that changed places are named", () => {
    for (const line of places.slice(0, -1)) {
      const swapped = whole.toSpliced(line - 1, 2, whole[line] ?? "", whole[line - 1] ?? "");
      const report = withLines(swapped);
      assert.ok(
        report.findings.some((one) => one.kind === "reordered" && [line, line + 1].includes(one.line)) ||
          (line === whole.length - 1 && report.state === "tampered"),
        `line ${line}: ${JSON.stringify(report.findings)}`,
      );
    }
  });

  test("a line that was put in is named, a copied one and one that fits the chain", () => {
    for (const line of places) {
      const last = whole[line - 1] ?? "";
      const copied = withLines(whole.toSpliced(line, 0, whole[6] ?? ""));
      assert.ok(
        copied.findings.some((one) => one.kind === "added" && one.line === line + 1) || line === whole.length,
        `copy after ${line}: ${JSON.stringify(copied.findings)}`,
      );
      assert.equal(copied.state, "tampered");
      const forged = last.startsWith('{"type"') ? (whole[line - 2] ?? "") : last;
      const fitting = forged.replace(/"prev":"\w+"/, `"prev":"${hashOf(last)}"`);
      const report = withLines(whole.toSpliced(line, 0, fitting));
      assert.ok(
        report.findings.some((one) => one.line === line + 1),
        `after ${line}: ${JSON.stringify(report.findings)}`,
      );
    }
  });

  test("a cut end is found, also one after the last checkpoint but one, and says what is missing", () => {
    for (const keep of [1, 2, 500, 9000, 10_008, 10_009, 10_010]) {
      const report = withLines(whole.slice(0, keep));
      const cut = report.findings.find(({ kind }) => kind === "cut");
      assert.equal(cut?.fileLine, keep, JSON.stringify(report.findings));
    }
    // Without the ledger, a cut at a place that no signature covers can't be told from a crash: it is an open end.
    assert.equal(withLines(whole.slice(0, 9000), { ledger: false }).state, "open");
  });

  test("a cut in the middle of a line is found", () => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 1000));
    const report = verifyPlace(place);
    writeFileSync(file, bytes);
    assert.equal(report.findings[0]?.kind, "cut");
    assert.ok(report.tornBytes > 0);
  });

  test("bytes after the end are found", () => {
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from("x")]));
    const report = verifyPlace(place);
    writeFileSync(file, bytes);
    assert.deepEqual(namedLines(report), [["added", whole.length + 1, whole.length + 1]]);
  });

  test("a record that was written anew with a right chain is found by its signatures", () => {
    const lines = rechained(whole.map((text, at) => (at === 5500 ? text.replace(/host-\d+/, "host-0") : text)));
    const [first] = withLines(lines).findings;
    assert.equal(first?.kind, "signature");
    assert.ok((first?.line ?? 0) <= 5501 && (first?.toLine ?? 0) >= 5501, JSON.stringify(first));
  });

  test("a record that was signed anew with another key is found", async (t) => {
    const other = makePlace(t);
    await writeRecord(other, EVENTS);
    const report = withLines(linesOf(recordOf(other).parts[0]?.file ?? ""));
    assert.equal(report.findings[0]?.kind, "signature");
    assert.match(report.findings[0]?.message ?? "", /key that isn't known/);
  });

  test("a checkpoint of another run doesn't count", async (t) => {
    const run = "other-0123abcd";
    await writeRecord(place, 20, { run });
    const other = recordOf(place, run).parts[0]?.file ?? "";
    t.after(() => unlinkSync(other));
    const theirs = linesOf(other).at(-1) ?? "";
    const report = withLines(whole.toSpliced(-1, 1, theirs));
    assert.equal(report.state, "tampered");
    assert.ok(
      report.findings.some(({ line }) => line === whole.length || line === whole.length - 1),
      JSON.stringify(report.findings),
    );
    // The whole record under another run's name.
    copyFileSync(file, other);
    assert.equal(verifyPlace(place, { run }).state, "tampered");
  });

  function rechained(lines: readonly string[]): readonly string[] {
    let prev = genesis(RUN);
    return lines.map((text) => {
      const line = text.replace(/"prev":"\w+"/, `"prev":"${prev}"`);
      prev = hashOf(line);
      return line;
    });
  }
});

function seqOf(text: string): number {
  return Number(/^\{"seq":(\d+)/.exec(text)?.[1]);
}

test("random edits of a record are always found, and near the place", async () => {
  const folder = mkdtempSync(posix.join(tmpdir(), "cordon-audit-"));
  const place: Place = { dir: folder, records: posix.join(folder, "audit") };
  try {
    await writeRecord(place, 120, {
      checkpoint: { events: 25, everyMs: 1e9 },
      rotate: { sizeBytes: 9000, ageMs: 1e12 },
    });
    const parts = recordOf(place).parts.map((part) => part.file);
    assert.ok(parts.length > 2);
    const originals = parts.map((part) => readFileSync(part));
    const edit = fc.record({
      part: fc.nat(parts.length - 1),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      kind: fc.constantFrom("byte", "cut", "insert", "drop", "swap", "copy"),
      value: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = originals.map((bytes) => Buffer.from(bytes));
        for (const { part, at, kind, value } of edits)
          changed[part] = edited(changed[part] ?? Buffer.alloc(0), { at, kind, value });
        for (const [index, part] of parts.entries()) writeFileSync(part, changed[index] ?? "");
        const report = verifyPlace(place);
        const same = changed.every((bytes, index) => bytes.equals(originals[index] ?? Buffer.alloc(0)));
        assert.equal(report.findings.length === 0, same);
        assert.equal(report.state === "finished", same);
        if (edits.length !== 1 || same) return;
        const [{ part = 0 } = {}] = edits;
        assert.ok(report.findings.some(({ file }) => Math.abs(parts.indexOf(file) - part) <= 1));
      }),
      { numRuns: 300 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface Edit {
  readonly at: number;
  readonly kind: string;
  readonly value: number;
}

function edited(bytes: Buffer, { at, kind, value }: Edit): Buffer<ArrayBuffer> {
  const place = Math.floor(at * bytes.length);
  const copy = Buffer.from(bytes);
  if (kind === "byte") copy[place] = (copy[place] ?? 0) ^ value;
  if (kind === "cut") return copy.subarray(0, place);
  if (kind === "insert") return Buffer.concat([copy.subarray(0, place), Buffer.from([value]), copy.subarray(place)]);
  if (kind === "byte") return copy;
  const lines = copy.toString("latin1").split("\n").slice(0, -1);
  const line = Math.floor(at * lines.length);
  if (kind === "drop") lines.splice(line, 1);
  if (kind === "copy") lines.splice((line * value) % (lines.length + 1), 0, lines[line] ?? "");
  if (kind === "swap") lines.splice(line, 2, ...lines.slice(line, line + 2).toReversed());
  return Buffer.from(lines.map((one) => `${one}\n`).join(""), "latin1");
}
