// Fuzzes the reader of ClientHellos: hellos of real clients that were changed, and hellos that are almost right. However the bytes are
// cut, the answer is the same; and a TLS server (Node's own) that takes the same bytes never sees another name than the reader told.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import fc from "fast-check";
import { serverCertificate } from "../../src/egress/tls/certificate.js";
import { ClientHelloReader, type HelloResult, MAX_HELLO_BYTES } from "../../src/egress/tls/client-hello.js";
import { HELLOS } from "../../src/egress/tls/fixture.js";
import { toPem } from "../../src/egress/tls/pem.js";
import { fuzz } from "./limit.js";

const REAL = Object.values(HELLOS).map((hex) => Buffer.from(hex, "hex"));
const HANDSHAKE = 0x16;
/** Turns of the event loop in which Node's server has done all it will do with bytes that are there. */
const TURNS = 4;

const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKey = keys.publicKey.export({ type: "spki", format: "der" });
const certificate = serverCertificate(
  { commonName: "fuzz", publicKey, privateKey: keys.privateKey },
  {
    host: "fuzz.test",
    publicKey,
    serial: Uint8Array.of(1),
    validity: { notBefore: new Date(0), notAfter: new Date(4e12) },
  },
);
// As lenient as it gets.
const context = createSecureContext({
  key: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
  cert: toPem(certificate),
  ca: toPem(certificate),
  minVersion: "TLSv1",
  ciphers: "ALL:@SECLEVEL=0",
});

type Seen = { readonly name: string | undefined; readonly answered: boolean };

/** What a server makes of a connection that begins with these bytes. */
async function serve(bytes: Buffer): Promise<Seen> {
  let name: string | undefined;
  let answered = false;
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      answered ||= chunk[0] === HANDSHAKE;
      done();
    },
  });
  const server = new TLSSocket(wire, {
    isServer: true,
    secureContext: context,
    SNICallback: (asked, done) => {
      name ??= asked;
      done(null, context);
    },
  });
  server.on("error", () => undefined);
  wire.on("error", () => undefined).push(bytes);
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  server.destroy();
  wire.destroy();
  return { name, answered };
}

function read(chunks: readonly Uint8Array[]): "more" | HelloResult {
  const reader = new ClientHelloReader();
  let result: "more" | HelloResult = "more";
  for (const chunk of chunks) result = reader.push(chunk);
  return result;
}

const u16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const u24 = (value: number) => Buffer.concat([Buffer.from([(value >> 16) & 0xff]), u16(value)]);
/** Mostly right. */
const slip = fc.oneof(
  { weight: 40, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
);
const vector = (body: fc.Arbitrary<Buffer>) =>
  fc.tuple(body, slip).map(([bytes, off]) => Buffer.concat([u16(Math.max(0, bytes.length + off)), bytes]));
const joined = (part: fc.Arbitrary<Buffer>, constraints: { readonly minLength?: number; readonly maxLength: number }) =>
  fc.array(part, constraints).map((parts) => Buffer.concat(parts));
const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

const name = fc
  .oneof(
    fc.constantFrom(
      "a.test",
      "A.Test",
      "a.test.",
      "a.test\0b",
      "192.0.2.1",
      "::1",
      "a_b.test",
      "",
      "xn--a.test",
      "a..b",
      "0x7f.1",
    ),
    fc.string({ unit: fc.constantFrom("a", "B", "-", ".", "0", "\0", "\xe9", "_"), maxLength: 8 }),
    fc.nat(300).map((length) => "a.".repeat(length / 2)),
  )
  .map((text) => Buffer.from(text, "latin1"));
const nameKind = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(255)).map((kind) => Buffer.from([kind]));
const nameEntry = fc.tuple(nameKind, vector(name)).map((parts) => Buffer.concat(parts));
const oneName = joined(nameEntry, { minLength: 1, maxLength: 1 });
const nameList = vector(fc.oneof({ weight: 6, arbitrary: oneName }, joined(nameEntry, { maxLength: 3 })));
const extension = fc.oneof(
  fc.tuple(fc.constant(u16(0)), vector(fc.oneof(nameList, fc.tuple(nameList, anyBytes(3)).map(Buffer.concat)))),
  fc.tuple(fc.constantFrom(...[16, 10, 13, 43, 51, 45, 23, 35, 0xfe0d, 0xff01, 0x0a0a].map(u16)), vector(anyBytes(12))),
  fc.tuple(
    fc.constant(Buffer.from("000a000400020017" + "000d000400020403", "hex")),
    fc.constantFrom(Buffer.alloc(0), Buffer.from("002b0003020303", "hex")),
  ),
);
const extensions = vector(
  joined(
    extension.map((parts) => Buffer.concat(parts)),
    { maxLength: 6 },
  ),
);
const almost = fc
  .tuple(
    fc.constantFrom(0x0303, 0x0301, 0x0302, 0x0300, 0x0304, 0x0203).map(u16),
    fc.constantFrom("00", `20${"11".repeat(32)}`, `21${"11".repeat(33)}`).map((hex) => Buffer.from(hex, "hex")),
    fc.constantFrom("0004c02b1301", "0006c009c02bc00a", "0003130113", "0000").map((hex) => Buffer.from(hex, "hex")),
    fc.constantFrom("0100", "020100", "00").map((hex) => Buffer.from(hex, "hex")),
    fc.oneof({ weight: 20, arbitrary: extensions }, fc.constant(Buffer.alloc(0))),
    fc.oneof({ weight: 30, arbitrary: fc.constant(Buffer.alloc(0)) }, anyBytes(3)),
    slip,
  )
  .map(([version, session, ciphers, compression, list, after, off]) => {
    const body = Buffer.concat([version, Buffer.alloc(32, 9), session, ciphers, compression, list, after]);
    return Buffer.concat([Buffer.from([1]), u24(Math.max(0, body.length + off)), body]);
  });

/** A message in records of some size. */
function inRecords(message: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    parts.push(Buffer.from([HANDSHAKE, 3, 1]), u16(part.length), part);
  }
  return Buffer.concat(parts);
}

interface Change {
  readonly how: string;
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly other: Buffer;
}

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom("set", "insert", "delete", "double", "length", "splice", "end"),
  at: fc.oneof(fc.nat(2000), fc.nat(120)),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  count: fc.nat(40),
  other: fc.constantFrom(...REAL),
});

function changed(bytes: Buffer, { how, at, bytes: fresh, count, other }: Change): Buffer {
  const start = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
  switch (how) {
    case "set":
      return Buffer.concat([before, fresh, after.subarray(fresh.length)]);
    case "insert":
      return Buffer.concat([before, fresh, after]);
    case "delete":
      return Buffer.concat([before, after.subarray(count)]);
    case "double":
      return Buffer.concat([before, after.subarray(0, count), after]);
    case "length":
      return Buffer.concat([before, Buffer.from([((after[0] ?? 0) + count - 20) & 0xff]), after.subarray(1)]);
    case "splice":
      return Buffer.concat([before, other.subarray(start)]);
    default:
      return Buffer.concat([bytes, other]);
  }
}

const size = fc.oneof(fc.constant(16384), fc.integer({ min: 1, max: 400 }));
const message = fc.oneof(
  almost,
  fc.constantFrom(...REAL).map((bytes) => bytes.subarray(5)),
);
const stream = fc.oneof(
  fc.tuple(message, size).map(([bytes, length]) => inRecords(bytes, length)),
  fc
    .tuple(message, fc.array(change, { minLength: 1, maxLength: 3 }), size)
    .map(([bytes, changes, length]) => inRecords(changes.reduce(changed, bytes), length)),
  fc
    .tuple(fc.tuple(message, size), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([[bytes, length], changes]) => changes.reduce(changed, inRecords(bytes, length))),
  anyBytes(60),
);

await fuzz(
  fc.asyncProperty(stream, fc.array(fc.nat(2000), { maxLength: 4 }), async (bytes, cuts) => {
    const result = read([bytes]);
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
    assert.deepEqual(read(places.slice(1).map((end, index) => bytes.subarray(places[index], end))), result);
    assert.notEqual(read([bytes, Buffer.alloc(MAX_HELLO_BYTES, HANDSHAKE)]), "more");
    const seen = await serve(bytes);
    if (result === "more" || result.kind === "not-tls") {
      assert.deepEqual(seen, { name: undefined, answered: false });
    } else if (result.kind === "tls") {
      if (seen.name !== undefined || seen.answered) assert.equal(seen.name, result.sni);
    } else {
      assert.match(result.why, /^[a-zA-Z0-9' ]{8,80}$/);
    }
  }),
);
