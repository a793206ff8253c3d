// Fuzzes the reader of cordon-init's control lines: any bytes, and lines that are almost right.
import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeWord, LineSplitter, MAX_LINE_BYTES, parseControlLine } from "../../src/run/control.js";
import { fuzz } from "./limit.js";

const VERBS = [
  "started",
  "error",
  "exec-failed",
  "exec",
  "protected",
  "stopped",
  "continued",
  "waiting",
  "paused",
  "resumed",
  "masked",
  "mask-failed",
  "exit",
  "signal",
];
const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.nat().map(String),
  fc.constantFrom("-", "t", "protect", "deny", "git-config", "%", "%2", "%2F", "%zz", "-1", "1e3", "__proto__", ""),
  fc.string({ unit: "grapheme" }).map(escapeWord),
);
const almost = fc
  .tuple(fc.constantFrom(...VERBS, "constructor", "__proto__", ""), fc.array(word, { maxLength: 5 }))
  .map(([verb, words]) => Buffer.from([verb, ...words].join(" "), "latin1"));
const stream = fc
  .array(
    fc.oneof(
      almost,
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 6 },
  )
  .map((lines) => Buffer.from(lines.map((line) => line.toString("latin1")).join("\n"), "latin1"));

function linesOf(splitter: LineSplitter, chunks: readonly Uint8Array[]): readonly string[] | undefined {
  const lines: string[] = [];
  for (const chunk of chunks) {
    const more = splitter.push(chunk);
    if (more === undefined) return undefined;
    lines.push(...more);
  }
  return lines;
}

await fuzz(
  fc.asyncProperty(stream, fc.nat(400), fc.string({ unit: "grapheme" }), async (bytes, cut, path) => {
    const whole = linesOf(new LineSplitter(), [bytes]);
    // How the bytes are cut into chunks changes nothing.
    assert.deepEqual(linesOf(new LineSplitter(), [bytes.subarray(0, cut), bytes.subarray(cut)]), whole);
    for (const line of whole ?? []) {
      assert.ok(line.length <= MAX_LINE_BYTES);
      const message = parseControlLine(line);
      if (message !== undefined) assert.ok(VERBS.includes(message.kind));
    }
    const told = parseControlLine(`masked ${escapeWord(path)}`);
    assert.deepEqual(told, path === "" ? told : { kind: "masked", path });
  }),
);
