// Fuzzes the SOCKS reader and the telling of first bytes: any bytes, and messages that are almost right, cut anywhere. A host that comes
// out is canonical, nothing grows, and how the bytes were cut changes nothing.
import assert from "node:assert/strict";
import fc from "fast-check";
import { FirstBytes } from "../../src/egress/proxy/first-bytes.js";
import { SocksReader, type SocksStep } from "../../src/egress/proxy/socks-reader.js";
import { readHost } from "../../src/policy/hosts.js";
import { fuzz } from "./limit.js";

/** The longest message: a login with a name and a password of 255 bytes each. */
const MAX_HELD = 3 + 255 + 255;

const host = fc.oneof(
  fc.constantFrom(
    "a.example",
    "A.Example.",
    "evil\0.example.com",
    "127.1",
    "0x7f.0.0.1",
    "[::1]",
    "::1",
    "xn--a",
    "a..b",
  ),
  fc.domain(),
  fc.string({ maxLength: 255 }),
);
const name = host.map((text) => {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.from([3, bytes.length]), bytes]);
});
const address = fc.oneof(
  name,
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from([1, ...bytes])),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from([4, ...bytes])),
  fc.constant(Buffer.from("0400000000000000000000ffff7f000001", "hex")),
);
const any = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const greeting = fc
  .constantFrom([5, 1, 0], [5, 2, 0, 2], [5, 1, 2], [5, 0], [4, 1, 0, 80])
  .map((bytes) => Buffer.from(bytes));
const login = fc.constantFrom([], [1, 1, 65, 1, 66], [1, 0, 0], [1, 255]).map((bytes) => Buffer.from(bytes));
const request = fc
  .tuple(fc.constantFrom(1, 1, 1, 2, 3, 0), address, fc.nat(65_535))
  .map(([command, where, port]) =>
    Buffer.concat([Buffer.from([5, command, 0]), where, Buffer.from([port >> 8, port & 255])]),
  );
const stream = fc.oneof(
  any,
  fc.tuple(greeting, login, request, any).map((parts) => Buffer.concat(parts)),
);

function steps(reader: SocksReader, chunks: readonly Buffer[]): readonly SocksStep[] {
  const all: SocksStep[] = [];
  let rest = Buffer.alloc(0);
  for (const chunk of chunks) {
    const connected = all.at(-1)?.kind === "connect";
    if (connected) rest = Buffer.concat([rest, chunk]);
    all.push(...reader.push(chunk));
    assert.ok(reader.held <= MAX_HELD);
  }
  // What comes in later chunks is the caller's; here it stands where it would have stood in one.
  return all.map((step) => (step.kind === "connect" ? { ...step, rest: Buffer.concat([step.rest, rest]) } : step));
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

const KEYWORDS = [
  "GET ",
  "PRI * HTTP/2.0\r\n",
  " HTTP/1.1\r\n",
  "\r\n",
  "SSH-2.0-x",
  " ",
  "\x16\x03\x01",
  "\0",
  "Host: a\r\n",
];
const words = fc.array(fc.oneof(fc.constantFrom(...KEYWORDS), fc.string({ maxLength: 4 })), { maxLength: 8 });

function protocolOf(chunks: readonly Buffer[]): string | undefined {
  const first = new FirstBytes();
  for (const chunk of chunks) {
    const found = first.push(chunk);
    if (found !== undefined) return found.kind;
  }
  return undefined;
}

await fuzz(
  fc.asyncProperty(stream, fc.array(fc.nat(30), { maxLength: 6 }), words, async (bytes, sizes, parts) => {
    const whole = steps(new SocksReader(), [bytes]);
    assert.deepEqual(steps(new SocksReader(), cut(bytes, sizes)), whole);
    for (const step of whole) {
      if (step.kind === "answer") continue;
      assert.equal(step, whole.at(-1));
      if (step.kind !== "connect") continue;
      const { host: found, port } = step.target;
      const read = readHost(found.includes(":") ? `[${found}]` : found);
      assert.deepEqual(read, { ok: true, value: found });
      assert.ok(port > 0 && port <= 65_535);
    }
    const text = Buffer.from(parts.join(""), "latin1");
    const kind = protocolOf([text]);
    assert.equal(protocolOf(cut(text, sizes)), kind);
    // What Node's own strict parser would take for a request is never raw.
    if (/^(?:\r\n)*[A-Z]+ [\x21-\x7e]+ HTTP\/1\.[01]\r\n/.test(text.toString("latin1"))) assert.equal(kind, "http");
  }),
);
