import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encode, Lines, parseAnswer, parseRequest } from "./wire.js";

const request = (fields: object) => parseRequest(JSON.stringify({ v: 1, id: 7, ...fields }));

test("each request is understood", () => {
  const asks = [
    { do: "info" },
    { do: "usage" },
    { do: "events", from: 1, follow: true },
    { do: "stop", by: "me" },
    { do: "stop", by: "me", reason: "enough", graceMs: 0 },
    { do: "pause", by: "me" },
    { do: "resume", by: "me" },
    { do: "attach", by: "me", socket: "attach-0123abcd", terminal: false, command: ["sh"] },
  ];
  for (const ask of asks) assert.deepEqual(request(ask), { ok: true, request: { id: 7, ...ask } });
});

test("what isn't exactly a request is refused", () => {
  const wrong: readonly object[] = [
    {},
    { do: "toString" },
    { do: "info", more: 1 },
    { do: "events", from: 0, follow: true },
    { do: "events", from: 1 },
    { do: "events", from: 1.5, follow: false },
    { do: "stop" },
    { do: "stop", by: "x".repeat(1001) },
    { do: "stop", by: "me", graceMs: -1 },
    { do: "stop", by: "me", __proto__x: 1 },
    { do: "attach", by: "me", socket: "../control.sock", terminal: true, command: [] },
    { do: "attach", by: "me", socket: "attach-0123abcd/x", terminal: true, command: [] },
    { do: "attach", by: "me", socket: "attach-0123abcd", terminal: true, command: [1] },
    { do: "info", v: 2 },
    { do: "info", id: "7" },
  ];
  for (const fields of wrong) assert.equal(request(fields).ok, false, JSON.stringify(fields));
  for (const line of ["", "null", "[]", "{", "1", '"info"']) assert.equal(parseRequest(line).ok, false, line);
});

test("lines are the same however the stream is cut", () => {
  const lines = ['{"v":1}', "é", "", "x".repeat(40)];
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const splitter = new Lines(40);
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const seen = places.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(places[index], end)) ?? []);
      assert.deepEqual(seen, lines);
    }),
  );
});

test("a line that is too long is given up on, with and without its end", () => {
  assert.equal(new Lines(10).push(Buffer.from("x".repeat(11))), undefined);
  assert.equal(new Lines(10).push(Buffer.from(`${"x".repeat(11)}\n`)), undefined);
});

test("answers are read back, and anything else isn't one", () => {
  const answer = { v: 1, id: 3, ok: { last: 2 } } as const;
  assert.deepEqual(parseAnswer(encode(answer).trimEnd()), answer);
  for (const line of ["{}", '{"v":1,"id":3}', '{"v":1,"id":3,"error":"x"}', '{"v":2,"id":3,"ok":{}}', "x"])
    assert.equal(parseAnswer(line), undefined, line);
});
