// Fuzzes both readers of a run's control socket: any bytes, and requests that are almost right.
import assert from "node:assert/strict";
import fc from "fast-check";
import { encode, Lines, MAX_REQUEST_BYTES, parseAnswer, parseRequest } from "../../src/run/live/wire.js";
import { fuzz } from "./limit.js";

const VERBS = ["info", "usage", "events", "stop", "pause", "resume", "attach"];
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(0, 1, -1, 1.5, 2 ** 53, "attach-0123abcd", "attach-0123abcd/..", "", true, null),
  fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
);
const names = [
  "v",
  "id",
  "do",
  "by",
  "from",
  "follow",
  "reason",
  "graceMs",
  "socket",
  "terminal",
  "command",
  "__proto__",
  "x",
];
const almost = fc
  .tuple(fc.constantFrom(...VERBS, "constructor", ""), fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }))
  .map(([verb, members]) => JSON.stringify({ v: 1, id: 1, do: verb, ...members }));
const right = fc.record({ from: fc.nat().map((count) => count + 1), follow: fc.boolean(), id: fc.nat() });
const stream = fc.array(fc.oneof(almost, fc.string({ unit: "binary" }), fc.json()), { maxLength: 6 });

await fuzz(
  fc.asyncProperty(stream, fc.nat(400), right, async (texts, cut, fields) => {
    const bytes = Buffer.from(
      texts
        .map((text) => text.replaceAll("\n", " "))
        .join("\n")
        .concat("\n"),
    );
    const whole = new Lines(MAX_REQUEST_BYTES).push(bytes);
    const parts = new Lines(MAX_REQUEST_BYTES);
    const first = parts.push(bytes.subarray(0, cut));
    const second = first === undefined ? undefined : parts.push(bytes.subarray(cut));
    assert.deepEqual(first === undefined || second === undefined ? undefined : [...first, ...second], whole);
    for (const line of whole ?? []) {
      const parsed = parseRequest(line);
      if (parsed.ok) {
        assert.ok(VERBS.includes(parsed.request.do));
        assert.ok(Number.isSafeInteger(parsed.request.id));
        if (parsed.request.do === "attach") assert.match(parsed.request.socket, /^attach-[0-9a-f]{8}$/);
      } else assert.ok(parsed.problem.length < 200);
      parseAnswer(line);
    }
    const asked = { v: 1, do: "events", ...fields } as const;
    assert.deepEqual(parseRequest(encode(asked).trimEnd()), { ok: true, request: { do: "events", ...fields } });
  }),
);
