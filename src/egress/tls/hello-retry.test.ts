import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { serverCertificate } from "./certificate.js";
import { ClientHelloReader } from "./client-hello.js";
import { SecondHello, ServerAnswer } from "./hello-retry.js";
import { toPem } from "./pem.js";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = publicKey.export({ type: "spki", format: "der" });
const validity = { notBefore: new Date(0), notAfter: new Date(4e12) };
const request = { host: "api.test", publicKey: spki, serial: Uint8Array.of(1), validity };
const cert = toPem(serverCertificate({ commonName: "a", publicKey: spki, privateKey }, request));
const key = privateKey.export({ type: "pkcs8", format: "pem" });

interface Flights {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** What both sides of a handshake send, when the server knows one curve only, and the client prefers X25519. */
async function flights(curve: string): Promise<Flights> {
  const sent: { readonly client: Buffer[]; readonly server: Buffer[] } = { client: [], server: [] };
  const end = (log: Buffer[], other: () => Duplex) =>
    new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        log.push(chunk);
        other().push(chunk);
        done();
      },
    });
  const inside: Duplex = end(sent.client, () => outside);
  const outside: Duplex = end(sent.server, () => inside);
  const secureContext = createSecureContext({ key, cert, ca: cert, ecdhCurve: curve });
  const server = new TLSSocket(outside, { isServer: true, secureContext });
  server.on("error", () => undefined).resume();
  const own = createSecureContext({ ca: cert, ecdhCurve: "X25519:P-384" });
  const client = connect({ socket: inside, servername: "api.test", secureContext: own, rejectUnauthorized: false });
  await once(client, "secureConnect");
  client.destroy();
  server.destroy();
  return { client: Buffer.concat(sent.client), server: Buffer.concat(sent.server) };
}

/** The last answer for all bytes at once, which must be the one for single bytes too, once there is one. */
function answer(bytes: Buffer): string {
  const [whole, single] = [new ServerAnswer(), new ServerAnswer()];
  const first = whole.push(bytes);
  for (const byte of bytes.subarray(0, 2000)) {
    const each = single.push(Uint8Array.of(byte));
    if (each === "more") continue;
    assert.equal(each, first);
    return each;
  }
  assert.equal(first, "more");
  return first;
}

function second(sni: string | undefined, bytes: Buffer): unknown {
  const [whole, single] = [new SecondHello(sni), new SecondHello(sni)];
  const first = whole.push(bytes);
  for (const byte of bytes) {
    const each = single.push(Uint8Array.of(byte));
    if (each === "more") continue;
    assert.deepEqual(each, first);
    return each;
  }
  assert.equal(first, "more");
  return first;
}

/** The client's bytes after its first hello. */
function afterHello({ client }: Flights): Buffer {
  assert.notEqual(new ClientHelloReader().push(client), "more");
  return client.subarray(5 + client.readUInt16BE(3));
}

const retried = await flights("P-384");
const direct = await flights("X25519");

test("a request for a second hello is told from an answer", () => {
  assert.equal(answer(retried.server), "retry");
  assert.equal(answer(direct.server), "other");
  assert.equal(answer(Buffer.from("15030300020228", "hex")), "other");
  assert.equal(answer(Buffer.from("HTTP/1.1 400 Bad Request\r\n")), "other");
  assert.equal(answer(retried.server.subarray(0, 40)), "more");
  assert.equal(answer(Buffer.from("160303000004".repeat(300), "hex")), "other");
});

test("a request in tiny records is one too", () => {
  const payload = retried.server.subarray(5, 5 + retried.server.readUInt16BE(3));
  const records = [...payload].map((byte) => Buffer.from([0x16, 3, 3, 0, 1, byte]));
  assert.equal(answer(Buffer.concat(records)), "retry");
});

test("a second hello with the same name is good", () => {
  assert.equal(second("api.test", afterHello(retried)), "same");
});

test("a second hello with another name, or none, is refused", () => {
  const rest = afterHello(retried);
  assert.deepEqual(second("other.test", rest), { why: "its second hello names another host" });
  assert.deepEqual(second(undefined, rest), { why: "its second hello names another host" });
});

test("anything else than a second hello is refused", () => {
  for (const hex of ["170303", "1403030002", "15030300020228", "140303000101140303000101", "140303000101170303"]) {
    const result = second("api.test", Buffer.from(hex, "hex"));
    assert.ok(typeof result === "object", hex);
  }
});
