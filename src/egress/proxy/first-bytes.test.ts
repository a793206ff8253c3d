import assert from "node:assert/strict";
import { test } from "node:test";
import { FirstBytes, readLine } from "./first-bytes.js";

const KINDS: readonly (readonly [string, string | undefined])[] = [
  ["GET / HTTP/1.1\r\n", "http"],
  ["get / http/1.0\n", "http"],
  ["\r\n\r\nPOST /x HTTP/1.1\r\n", "http"],
  ["GET\t/\tHTTP/1.1\r", "http"],
  ["GET\v/ HTTP/1.1\r\n", "http"],
  ["GET /caf\xe9 HTTP/1.1\r\n", "http"],
  ["GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n", "http"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"],
  ["GET / HTTP/1.", undefined],
  ["GE", undefined],
  ["", undefined],
  ["SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "raw"],
  ["SSH-2.0-Go\r\n", "raw"],
  ["EHLO client.example\r\n", "raw"],
  ["GET key\r\n", "raw"],
  ["*1\r\n$4\r\nPING\r\n", "raw"],
  ["0032git-upload-pack /project.git\0host=example.org\0", "raw"],
  ["AMQP\0\0\x09\x01", "raw"],
  ["\x00\x00\x00\x08\x04\xd2\x16\x2f", "raw"],
  ["{", "raw"],
  [`GET /${"a".repeat(17_000)}`, "malformed"],
];

test("a request line is told from what other protocols begin with", () => {
  for (const [text, kind] of KINDS) assert.equal(readLine(text)?.kind, kind, JSON.stringify(text.slice(0, 60)));
});

test("how the bytes are cut changes nothing", () => {
  for (const [text, kind] of KINDS) {
    const first = new FirstBytes();
    let found: string | undefined;
    for (const byte of Buffer.from(text, "latin1")) found ??= first.push(Buffer.from([byte]))?.kind;
    assert.equal(found, kind, JSON.stringify(text.slice(0, 60)));
  }
});

const HELLOS_IN_DISGUISE: readonly (readonly [string, string])[] = [
  // SSL 2, as OpenSSL reads it: length, 1, version.
  ["802e0103010015", "malformed"],
  ["802e0100020015", "malformed"],
  ["c14501030300", "malformed"],
  // A change of ciphers before the hello.
  ["140303000101160301", "malformed"],
  // Telnet asks for ECHO; bytes of other protocols.
  ["fffd01fffb03", "raw"],
  ["802e0203", "raw"],
  ["802e0105", "raw"],
  ["1402", "raw"],
  ["15", "raw"],
];

test("what some server reads as a TLS hello isn't raw, however it is cut", () => {
  for (const [hex, kind] of HELLOS_IN_DISGUISE) {
    const [whole, single] = [new FirstBytes(), new FirstBytes()];
    assert.equal(whole.push(Buffer.from(hex, "hex"))?.kind, kind, hex);
    let found: string | undefined;
    for (const byte of Buffer.from(hex, "hex")) found ??= single.push(Buffer.from([byte]))?.kind;
    assert.equal(found, kind, hex);
  }
});

test("what begins as a TLS record and isn't one is malformed, never raw", () => {
  const first = new FirstBytes();
  assert.equal(first.push(Buffer.from([0x16, 9, 9, 0, 4, 1, 0, 0, 0]))?.kind, "malformed");
  const cut = new FirstBytes();
  assert.equal(cut.push(Buffer.from([0x16, 3])), undefined);
  assert.equal(cut.end().kind, "malformed");
});
