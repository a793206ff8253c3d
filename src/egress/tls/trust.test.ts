import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createAuthority } from "./authority.js";
import { certificatesIn, toPem } from "./pem.js";
import { bundleText, javaTrustStore } from "./trust.js";

const [one, two] = (await Promise.all([createAuthority("one"), createAuthority("two")])).map(
  ({ certificatePem }) => certificatePem,
);
const pems = [one ?? "", two ?? ""] as const;

test("a bundle keeps texts apart that lack their last line's end", () => {
  const text = bundleText(["", `# roots\n${pems[0].trimEnd()}`, pems[1]]);
  assert.deepEqual(certificatesIn(text).map(toPem), pems);
  assert.ok(text.endsWith("-----\n"));
});

test("certificates are taken out of a text with other things in it", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const cut = pems[0].replace(/\n[^\n]+\n-----END/, "\n-----END");
  const text = `comment\n${key}${pems[0].replaceAll("\n", "\r\n")}${cut}-----BEGIN CERTIFICATE-----\n${pems[1]}`;
  assert.deepEqual(certificatesIn(text).map(toPem), [pems[0], pems[1]]);
});

test("a Java store holds each certificate once, and its sum is the one that Java computes", () => {
  const store = javaTrustStore([bundleText(pems), pems[0]]);
  assert.deepEqual(javaTrustStore(bundleText(pems)), store);
  assert.equal(store.readUInt32BE(0), 0xfeedfeed);
  assert.equal(store.readUInt32BE(4), 2);
  assert.equal(store.readUInt32BE(8), 2);
  for (const der of certificatesIn(bundleText(pems))) assert.ok(store.includes(der));
  const password = Buffer.from([..."changeit"].flatMap((letter) => [0, letter.charCodeAt(0)]));
  const sum = createHash("sha1").update(password).update("Mighty Aphrodite").update(store.subarray(0, -20)).digest();
  assert.deepEqual(store.subarray(-20), sum);
});

test("a Java store of nothing is one", () => {
  assert.equal(javaTrustStore("").length, 32);
});
