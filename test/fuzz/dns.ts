// Fuzzes the name service's messages: any bytes, and queries that are almost right. There is no exception, the answer has the query's
// id and fits, and an address is given for no name but those that are allowed.
import assert from "node:assert/strict";
import fc from "fast-check";
import { answererOf, decode, judgeOf, queryBytes } from "../../src/egress/dns/fixture.js";
import { SyntheticNames } from "../../src/egress/dns/names.js";
import { fuzz } from "./limit.js";

const judge = judgeOf("api.example.com", "*.example.org");
const BLOCKED = "blocked.example.org CNAME .\n*.bad.example.org CNAME .\nok.bad.example.org CNAME rpz-passthru.\n";

const label = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("api", "example", "com", "org", "EXAMPLE", "www", "blocked", "bad", "ok") },
  fc.constantFrom("localhost", "_tcp", "in-addr", "arpa", "198", "18", "0", "1", "a.b", "*", "xn--a", "x".repeat(63)),
  fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => String.fromCharCode(...bytes)),
);
const name = fc.oneof(
  fc.array(label, { maxLength: 12 }),
  fc.constantFrom(["api", "example", "com"], ["blocked", "example", "org"], ["a", "bad", "example", "org"]),
  label.map((one) => [one, "example", "org"]),
);
const parts = fc.record(
  {
    id: fc.nat(0xffff),
    type: fc.oneof(fc.constantFrom(1, 12, 28, 41, 252, 255), fc.nat(0xffff)),
    class: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constantFrom(3, 255), fc.nat(0xffff)),
    edns: fc.nat(0xffff),
    flags: fc.oneof({ weight: 4, arbitrary: fc.constant(0x0100) }, fc.nat(0xffff)),
    version: fc.oneof(fc.constant(0), fc.nat(0xffff)),
  },
  { requiredKeys: [] },
);
const change = fc.record({ at: fc.nat(600), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 6 }) });

function changed(message: Buffer, changes: readonly { at: number; remove: number; insert: Uint8Array }[]): Buffer {
  return changes.reduce((bytes, { at, remove, insert }) => {
    const start = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  }, message);
}

const almost = fc
  .tuple(name, parts, fc.array(change, { maxLength: 3 }))
  .map(([labels, given, changes]) => changed(queryBytes(labels, given), changes));
const message = fc.oneof(
  { weight: 6, arbitrary: almost },
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
);

function check(bytes: Buffer, transport: "udp" | "tcp"): void {
  const names = new SyntheticNames();
  const { answerer } = answererOf({ judge, names, blocklist: BLOCKED });
  const answer = answerer.answer(bytes, transport);
  const readable = bytes.length >= 12 && (bytes.readUInt8(2) & 0x80) === 0;
  assert.equal(answer !== undefined, readable);
  if (answer === undefined) return;
  assert.ok(answer.length <= (transport === "udp" ? 1232 : 65_535));
  const read = decode(answer);
  assert.ok(read.isAnswer && read.id === bytes.readUInt16BE(0));
  if (read.extras.length === 0 && transport === "udp") assert.ok(answer.length <= 512);
  if (read.question !== undefined) assert.deepEqual(read.question, bytes.subarray(12, 12 + read.question.length));
  for (const address of read.addresses) {
    if (address === "127.0.0.1") continue;
    const host = names.nameOf(address) ?? assert.fail("an address of no name");
    assert.ok(judge.name(host).allowed, host);
    const listed = host === "blocked.example.org" || host.endsWith(".bad.example.org");
    assert.ok(!listed || host === "ok.bad.example.org", host);
    assert.equal(read.answers[0]?.name.toLowerCase(), host);
  }
}

await fuzz(
  fc.asyncProperty(message, fc.constantFrom("udp" as const, "tcp" as const), async (bytes, transport) => {
    check(bytes, transport);
  }),
);
