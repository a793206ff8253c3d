import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClientHelloReader, type HelloResult, MAX_HELLO_BYTES } from "./client-hello.js";
import { HELLOS } from "./fixture.js";

const real = Object.entries(HELLOS).map(([name, hex]) => ({ name, bytes: Buffer.from(hex, "hex") }));

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function vector16(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(body.length), body]);
}

const text = (value: string) => Buffer.from(value, "latin1");
const extension = (type: number, ...parts: readonly Uint8Array[]) => Buffer.concat([u16(type), vector16(...parts)]);
const nameEntry = (name: string, kind = 0) => Buffer.concat([Buffer.from([kind]), vector16(text(name))]);
const sni = (name: string) => extension(0, vector16(nameEntry(name)));
const protocol = (name: string) => Buffer.concat([Buffer.from([name.length]), text(name)]);

/** The message after its version and random. */
const MIDDLE = Buffer.from("00000213010100", "hex");

function message(
  extensions: readonly Buffer[] | undefined,
  { version = 0x0303, middle = MIDDLE, after = "" } = {},
): Buffer {
  const tail = extensions === undefined ? [] : [vector16(...extensions)];
  const body = Buffer.concat([u16(version), Buffer.alloc(32, 7), middle, ...tail, text(after)]);
  return Buffer.concat([Buffer.from([1, body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff]), body]);
}

function record(payload: Uint8Array, { type = 0x16, version = 0x0301 } = {}): Buffer {
  return Buffer.concat([Buffer.from([type]), u16(version), vector16(payload)]);
}

function read(...chunks: readonly Uint8Array[]): "more" | HelloResult {
  const reader = new ClientHelloReader();
  return chunks.map((chunk) => reader.push(chunk)).at(-1) ?? "more";
}

const bytewise = (bytes: Uint8Array) => read(...Array.from(bytes, (byte) => Uint8Array.of(byte)));

function whyOf(bytes: Uint8Array): string | undefined {
  const result = read(bytes);
  assert.deepEqual(bytewise(bytes), result);
  return result !== "more" && result.kind === "malformed" ? result.why : undefined;
}

describe("real clients", () => {
  for (const { name, bytes } of real) {
    test(`${name} is understood`, () => {
      const result = read(bytes);
      assert.ok(result !== "more" && result.kind === "tls");
      assert.equal(result.sni?.toLowerCase(), name.includes("no name") ? undefined : "api.example.com");
      assert.equal(result.ech, false);
    });

    test(`${name} is understood however its bytes are cut`, () => {
      const whole = read(bytes);
      assert.deepEqual(bytewise(bytes), whole);
      for (let cut = 0; cut < bytes.length; cut++) {
        assert.equal(read(bytes.subarray(0, cut)), "more");
        assert.deepEqual(read(bytes.subarray(0, cut), bytes.subarray(cut)), whole);
      }
    });

    test(`${name} is understood in records of any size`, () => {
      for (const size of [1, 2, 3, 4, 5, 50, 300]) {
        const payload = bytes.subarray(5);
        const parts = Array.from({ length: Math.ceil(payload.length / size) }, (_, index) =>
          record(payload.subarray(index * size, (index + 1) * size)),
        );
        assert.deepEqual(read(Buffer.concat(parts)), read(bytes));
      }
    });
  }

  test("the protocols offered are told", () => {
    const curl = read(...real.filter(({ name }) => name.startsWith("curl")).map(({ bytes }) => bytes));
    assert.deepEqual(curl, { kind: "tls", sni: "api.example.com", alpn: ["h2", "http/1.1"], ech: false });
  });
});

describe("what a hello may be", () => {
  test("the name comes as it was sent", () => {
    const result = read(record(message([sni("API.Example.com")])));
    assert.deepEqual(result, { kind: "tls", sni: "API.Example.com", alpn: [], ech: false });
  });

  test("a hello of before TLS 1.2 may lack extensions", () => {
    assert.deepEqual(read(record(message(undefined))), { kind: "tls", alpn: [], ech: false });
    assert.deepEqual(read(record(message([]))), { kind: "tls", alpn: [], ech: false });
  });

  test("an encrypted hello is told of", () => {
    const result = read(record(message([extension(0xfe0d, text("x")), sni("a.test")])));
    assert.deepEqual(result, { kind: "tls", sni: "a.test", alpn: [], ech: true });
  });

  test("early data after the hello isn't looked at, and the result stays", () => {
    const reader = new ClientHelloReader();
    const hello = record(message([sni("a.test")]));
    const first = reader.push(Buffer.concat([hello, record(text("early"), { type: 0x17 })]));
    assert.deepEqual(first, { kind: "tls", sni: "a.test", alpn: [], ech: false });
    assert.equal(reader.push(text("anything")), first);
  });
});

describe("what isn't TLS", () => {
  for (const bytes of [
    "GET / HTTP/1.1\r\n",
    "SSH-2.0-x",
    "\0\0\0\b",
    "\x15\x03\x01",
    "\x17\x03\x03",
    "\xff\xfd\x03",
    "\x80\x2e\x01\x05",
  ]) {
    test(`${JSON.stringify(bytes)} isn't`, () => {
      assert.deepEqual(read(text(bytes)), { kind: "not-tls" });
      assert.deepEqual(bytewise(text(bytes)), { kind: "not-tls" });
    });
  }

  test("nothing is decided on no bytes", () => {
    assert.equal(read(), "more");
    assert.equal(read(Buffer.alloc(0)), "more");
  });
});

describe("what is refused", () => {
  const hellos: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    "two extensions of a kind": [record(message([sni("a.test"), sni("b.test")])), /twice/],
    "two unknown extensions of a kind": [record(message([extension(9999), extension(9999)])), /twice/],
    "two names": [record(message([extension(0, vector16(nameEntry("a.test"), nameEntry("b.test")))])), /more than one/],
    "a name of another kind": [record(message([extension(0, vector16(nameEntry("a.test", 1)))])), /kind/],
    "a list without a name": [record(message([extension(0, vector16())])), /add up/],
    "an empty name extension": [record(message([extension(0)])), /add up/],
    "bytes after the list of names": [
      record(message([extension(0, vector16(nameEntry("a.test")), text("x"))])),
      /left over/,
    ],
    "a list of names that is too short": [
      record(message([extension(0, u16(3), nameEntry("a.test"))])),
      /add up|left over/,
    ],
    "bytes after the extensions": [record(message([sni("a.test")], { after: "x" })), /left over/],
    "bytes after the message": [record(Buffer.concat([message([sni("a.test")]), text("x")])), /follow it/],
    "a second hello in the record": [record(Buffer.concat([message([]), message([sni("a.test")])])), /follow it/],
    "an empty list of protocols": [record(message([extension(16, vector16())])), /add up/],
    "a protocol without a name": [
      record(message([extension(16, vector16(protocol("h2"), protocol("")))])),
      /without a name/,
    ],
    "bytes after the protocols": [record(message([extension(16, vector16(protocol("h2")), text("x"))])), /left over/],
    "an unknown version": [record(message([], { version: 0x0203 })), /version/],
    "a record of an unknown version": [record(message([]), { version: 0x0201 }), /version/],
    "no ciphers": [record(message([], { middle: Buffer.from("0000000100", "hex") })), /ciphers/],
    "half a cipher": [record(message([], { middle: Buffer.from("000003130113" + "0100", "hex") })), /ciphers/],
    "no compression": [record(message([], { middle: Buffer.from("000002130100", "hex") })), /compression/],
    "a long session id": [
      record(message([], { middle: Buffer.concat([Buffer.from([33]), Buffer.alloc(33), MIDDLE.subarray(1)]) })),
      /session/,
    ],
    "another message": [record(Buffer.from([2, 0, 0, 1, 0])), /another message/],
    "an alert within": [
      Buffer.concat([record(message([]).subarray(0, 20)), record(text("xx"), { type: 0x15 })]),
      /another record/,
    ],
    "an empty record": [record(Buffer.alloc(0)), /length/],
    "a record that is too long": [Buffer.from("1603014001", "hex"), /length/],
    "a message of 16 MiB": [record(Buffer.from([1, 0xff, 0xff, 0xff])), /too long/],
    "an SSL 2 hello": [Buffer.from("802e010301001500000010", "hex"), /SSL 2/],
    "an SSL 2 hello of its own time": [Buffer.from("802e010002001500000010", "hex"), /SSL 2/],
  };
  for (const [what, [bytes, why]] of Object.entries(hellos)) {
    test(`${what}`, () => assert.match(whyOf(bytes) ?? "accepted", why));
  }

  const names = [
    "evil.test\0.a.test",
    "192.0.2.1",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::1]",
    "::1",
    "a.test.",
    ".",
    ".a.test",
    "a..test",
    "a_b.test",
    "-a.test",
    "a-.test",
    "a b.test",
    "\xe4.test",
    "*.a.test",
    "a.test:443",
    "a@b.test",
    "a%2etest",
    "a/b",
    "a.test\n",
    `${"a".repeat(64)}.test`,
    `${"a.".repeat(127)}`,
    `${"a.".repeat(127)}a`,
    "",
  ];
  for (const name of names) {
    test(`the name ${JSON.stringify(name.slice(0, 40))}`, () =>
      assert.match(whyOf(record(message([sni(name)]))) ?? "accepted", /name/));
  }
});

describe("bounds", () => {
  test("a hello in tiny records ends after 64 KiB", () => {
    const long = message([extension(9999, Buffer.alloc(30_000))]);
    const reader = new ClientHelloReader();
    let sent = 0;
    let result: "more" | HelloResult = "more";
    for (const byte of long) {
      if (result !== "more") break;
      result = reader.push(record(Uint8Array.of(byte)));
      sent += 6;
    }
    assert.deepEqual(result, { kind: "malformed", why: "it is too long" });
    assert.ok(sent <= MAX_HELLO_BYTES + 6);
  });

  test("a large hello of many records is read in little time", () => {
    const extensions = Array.from({ length: 15_000 }, (_, index) => extension(index + 100));
    const payload = message([sni("a.test"), ...extensions]);
    const records = [0, 16384, 32768, 49152].map((at) => record(payload.subarray(at, at + 16384)));
    const started = performance.now();
    const result = bytewise(Buffer.concat(records));
    assert.ok(result !== "more" && result.kind === "tls" && result.sni === "a.test");
    assert.ok(performance.now() - started < 2000);
  });
});
