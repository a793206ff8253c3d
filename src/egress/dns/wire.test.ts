import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAnswer, encodeFault, nameData, udpLimit } from "./encode.js";
import { decode, nameAt, nameBytes, queryBytes, shorts } from "./fixture.js";
import { type Parsed, parseMessage, type Query, RCODE, TYPE } from "./wire.js";

const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => String.fromCharCode(...bytes));
const labels = fc
  .array(label, { maxLength: 10 })
  .filter((list) => list.reduce((sum, one) => sum + one.length + 1, 1) <= 255);

function query(bytes: Buffer): Query {
  const parsed = parseMessage(bytes);
  assert.equal(parsed.kind, "query");
  return parsed.kind === "query" ? parsed.query : assert.fail();
}

function rcodeOf(parsed: Parsed): number | string {
  return parsed.kind === "faulty" ? parsed.rcode : parsed.kind;
}

test("any name of legal labels is read as it was written", () => {
  const parts = fc.record({
    id: fc.nat(0xffff),
    type: fc.integer({ min: 1, max: 0xffff }).filter((type) => type !== TYPE.OPT),
    class: fc.nat(0xffff),
    edns: fc.option(fc.nat(0xffff), { nil: undefined }),
  });
  fc.assert(
    fc.property(labels, parts, (list, { edns, ...rest }) => {
      const {
        head,
        question,
        edns: read,
      } = query(queryBytes(list, { ...rest, ...(edns === undefined ? {} : { edns }) }));
      assert.deepEqual(question.labels, list);
      assert.deepEqual([head.id, question.type, question.class], [rest.id, rest.type, rest.class]);
      assert.deepEqual(Buffer.from(question.raw), Buffer.concat([nameBytes(list), shorts(rest.type, rest.class)]));
      assert.equal(read?.udpBytes, edns);
    }),
  );
});

test("any bytes are read without an exception, and answered with their own id if at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const parsed = parseMessage(bytes);
      if (parsed.kind === "faulty") assert.equal(parsed.head.id, Buffer.from(bytes).readUInt16BE(0));
    }),
  );
});

test("every cut and every further byte makes a query faulty or no message at all", () => {
  const whole = queryBytes("api.example.com", { edns: 1232 });
  for (let length = 0; length < whole.length; length++) {
    assert.equal(rcodeOf(parseMessage(whole.subarray(0, length))), length < 12 ? "ignored" : RCODE.FORMERR);
  }
  assert.equal(rcodeOf(parseMessage(Buffer.concat([whole, Buffer.of(0)]))), RCODE.FORMERR);
});

test("what isn't one plain question is refused with the right code", () => {
  const one = queryBytes("a.example");
  const withCounts = (...counts: number[]) => Buffer.concat([one.subarray(0, 4), shorts(...counts), one.subarray(12)]);
  const pointer = Buffer.concat([shorts(7, 0, 1, 0, 0, 0), shorts(0xc00c, 1, 1)]);
  const longLabel = Buffer.concat([
    shorts(7, 0, 1, 0, 0, 0),
    Buffer.of(64),
    Buffer.alloc(64, 97),
    Buffer.of(0),
    shorts(1, 1),
  ]);
  const longName = queryBytes(["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)]);
  const opt = Buffer.concat([Buffer.of(0), shorts(41, 1232, 0, 0, 0)]);
  const cases: readonly (readonly [string, Buffer, number | string])[] = [
    ["an answer", queryBytes("a.example", { flags: 0x8100 }), "ignored"],
    ["no question", withCounts(0, 0, 0, 0), RCODE.FORMERR],
    ["two questions", withCounts(2, 0, 0, 0), RCODE.FORMERR],
    ["65,535 records", withCounts(1, 0xffff, 0xffff, 0xffff), RCODE.FORMERR],
    ["a record that isn't there", withCounts(1, 0, 0, 1), RCODE.FORMERR],
    ["a pointer to itself", pointer, RCODE.FORMERR],
    ["a label of 64 bytes", longLabel, RCODE.FORMERR],
    ["a name of 256 bytes", longName, RCODE.FORMERR],
    ["type 0", queryBytes("a.example", { type: 0 }), RCODE.FORMERR],
    ["a question for OPT", queryBytes("a.example", { type: TYPE.OPT }), RCODE.FORMERR],
    ["two OPT records", Buffer.concat([withCounts(1, 0, 0, 2), opt, opt]), RCODE.FORMERR],
    ["an OPT among the answers", Buffer.concat([withCounts(1, 1, 0, 0), opt]), RCODE.FORMERR],
    ["an OPT with a name", Buffer.concat([withCounts(1, 0, 0, 1), shorts(0xc00c, 41, 1232, 0, 0, 0)]), RCODE.FORMERR],
    [
      "half an option",
      Buffer.concat([withCounts(1, 0, 0, 1), opt.subarray(0, 9), shorts(3), Buffer.of(0, 1, 0)]),
      RCODE.FORMERR,
    ],
    ["EDNS of a later version", queryBytes("a.example", { edns: 1232, version: 1 }), RCODE.BADVERS],
    ["an update", queryBytes("a.example", { flags: 5 << 11 }), RCODE.NOTIMP],
    ["a status request", queryBytes("a.example", { flags: 2 << 11 }), RCODE.NOTIMP],
  ];
  for (const [what, bytes, expected] of cases) assert.equal(rcodeOf(parseMessage(bytes)), expected, what);
});

test("a name may be 255 bytes long, and records with pointers back may follow a question", () => {
  const longest = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)];
  assert.deepEqual(query(queryBytes(longest)).question.labels, longest);
  const one = queryBytes("a.example");
  const counts = Buffer.concat([one.subarray(0, 4), shorts(1, 0, 1, 0), one.subarray(12)]);
  assert.equal(parseMessage(Buffer.concat([counts, shorts(0xc00c, 6, 1, 0, 0, 0)])).kind, "query");
  assert.equal(parseMessage(Buffer.concat([counts, shorts(0xc0ff, 6, 1, 0, 0, 0)])).kind, "faulty");
});

test("answers keep the question byte for byte, never exceed the limit and can be read again", () => {
  const records = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 4 });
  const error = fc.option(fc.record({ code: fc.nat(0xffff), text: fc.string({ maxLength: 900 }) }), { nil: undefined });
  const rcode = fc.constantFrom(RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.SERVFAIL, RCODE.REFUSED);
  const size = fc.option(fc.nat(0xffff), { nil: undefined });
  fc.assert(
    fc.property(labels, records, error, rcode, size, (list, data, extended, code, edns) => {
      const asked = query(queryBytes(list, edns === undefined ? {} : { edns }));
      const limit = udpLimit(asked);
      const answer = { rcode: code, records: data.map((one) => ({ type: TYPE.TXT, data: one })) };
      const bytes = encodeAnswer(asked, { ...answer, ...(extended === undefined ? {} : { error: extended }) }, limit);
      assert.ok(limit >= 512 && limit <= 1232 && bytes.length <= limit);
      const read = decode(bytes);
      assert.ok(read.isAnswer && read.rcode === code && read.id === 7);
      assert.deepEqual(read.question, Buffer.from(asked.question.raw));
      assert.equal(read.extras.length, edns === undefined ? 0 : 1);
      const expected = read.truncated ? [] : data.map((one) => Buffer.from(one));
      assert.deepEqual(
        read.answers.map((one) => one.data),
        expected,
      );
      if (edns === undefined) assert.equal(read.error, undefined);
      if (read.error !== undefined) assert.match(read.error.text, /^[\x20-\x7e]{0,400}$/);
    }),
  );
});

test("a no comes with a SOA record of few seconds, and why with a code and a sentence", () => {
  const asked = query(queryBytes("x.example", { edns: 1232 }));
  const error = { code: 18, text: "no rule allows x.example" };
  const read = decode(encodeAnswer(asked, { rcode: RCODE.NXDOMAIN, records: [], error }, 1232));
  assert.deepEqual(read.error, error);
  assert.deepEqual([read.authorities.length, read.authorities[0]?.type, read.authorities[0]?.ttl], [1, TYPE.SOA, 5]);
});

test("what can't be read is answered by a header alone", () => {
  const head = { id: 0xabcd, opcode: 5, recursionDesired: true, checkingDisabled: true };
  const read = decode(encodeFault(head, RCODE.NOTIMP));
  assert.deepEqual([read.id, read.rcode, read.question], [0xabcd, RCODE.NOTIMP, undefined]);
});

test("names are written as they are read", () => {
  assert.equal(nameAt(Buffer.from(nameData("a.example.org") ?? []), 0).name, "a.example.org");
  assert.equal(nameData(`${"a".repeat(64)}.example`), undefined);
  assert.equal(nameData("a..b"), undefined);
});
