// Hellos that attacks write by hand are what they claim to be, for a reader of names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientHelloReader } from "../egress/tls/client-hello.js";
import { encryptedHello, helloMessage, inRecords, mark, NONCE_BYTES, oldHello, serverName, ticket } from "./hello.js";

/** As cordon-prober and the shell make them. */
function bytesOf(text: string): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES, "n").toString("hex");
  return Buffer.from(text.replace("$NONCE", nonce).replaceAll("\\x", ""), "hex");
}

function read(text: string): unknown {
  return new ClientHelloReader().push(bytesOf(text));
}

test("a hello has its name and the attempt's mark, in one record and in two", () => {
  const message = helloMessage(serverName("other.test"), ticket, mark);
  const expected = { kind: "tls", sni: "other.test", alpn: [], ech: false };
  assert.deepEqual(read(inRecords(message)), expected);
  assert.deepEqual(read(inRecords(message, 60)), expected);
  assert.equal(bytesOf(inRecords(message, 60)).length, bytesOf(inRecords(message)).length + 5);
  assert.deepEqual(read(inRecords(helloMessage(encryptedHello, mark))), { kind: "tls", alpn: [], ech: true });
});

test("hidden names are malformed for the reason that is meant", () => {
  assert.match(JSON.stringify(read(inRecords(helloMessage(serverName("a.test", "b.test"), mark)))), /more than one/);
  const twice = helloMessage(serverName("a.test"), serverName("b.test"), mark);
  assert.match(JSON.stringify(read(inRecords(twice))), /stands twice/);
  assert.match(JSON.stringify(read(oldHello())), /form of SSL 2/);
});
