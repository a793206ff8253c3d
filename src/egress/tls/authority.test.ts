import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, connect as dial } from "node:net";
import { describe, test } from "node:test";
import { checkServerIdentity, connect, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { authorityName, subjectHash } from "../../plan/authority-name.js";
import { type Authority, createAuthority } from "./authority.js";

const DAY_MS = 86_400_000;

/** A handshake over loopback; the certificate that the client accepted, or its error. */
async function handshake(server: SecureContext, host: string, options: object): Promise<X509Certificate> {
  const listener = createServer((socket) => {
    new TLSSocket(socket, { isServer: true, secureContext: server }).on("error", () => undefined).resume();
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const client = connect({
    socket: dial(port, "127.0.0.1"),
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    ...options,
  });
  try {
    await once(client, "secureConnect");
    const certificate = client.getPeerX509Certificate();
    assert.ok(certificate !== undefined);
    return certificate;
  } finally {
    client.destroy();
    listener.close();
  }
}

function certificateFor(authority: Authority, host: string): Promise<X509Certificate> {
  return handshake(authority.contextFor(host), host, { ca: authority.certificatePem });
}

describe("the authority's certificate", () => {
  test("is named after the run and may sign servers' certificates only", async () => {
    const certificate = new X509Certificate((await createAuthority("claude-1")).certificatePem);
    assert.equal(certificate.subject, "CN=Cordon run claude-1");
    assert.equal(certificate.ca, true);
    assert.ok(certificate.verify(certificate.publicKey));
    const { asymmetricKeyDetails } = certificate.publicKey;
    assert.equal(asymmetricKeyDetails?.namedCurve, "prime256v1");
  });

  test("holds from an hour ago for a week", async () => {
    const now = new Date("2026-03-01T12:00:00.000Z");
    const certificate = new X509Certificate((await createAuthority("a", { now })).certificatePem);
    assert.equal(new Date(certificate.validFrom).getTime(), now.getTime() - DAY_MS / 24);
    assert.equal(new Date(certificate.validTo).getTime(), now.getTime() + 7 * DAY_MS);
  });

  test("may hold beyond 2049, where certificates write years in another way", async () => {
    const now = new Date("2049-12-31T23:30:00.000Z");
    const certificate = new X509Certificate((await createAuthority("a", { now })).certificatePem);
    assert.equal(new Date(certificate.validTo).getTime(), now.getTime() + 7 * DAY_MS);
  });

  test("is another one for each run, of the same name too", async () => {
    const [one, two] = await Promise.all([createAuthority("a"), createAuthority("a")]);
    await assert.rejects(handshake(one.contextFor("a.test"), "a.test", { ca: two.certificatePem }));
  });
});

describe("a server's certificate", () => {
  test("is for its host alone", async () => {
    const authority = await createAuthority("a");
    const certificate = await certificateFor(authority, "api.example.com");
    assert.equal(certificate.subjectAltName, "DNS:api.example.com");
    assert.equal(certificate.ca, false);
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.ok(certificate.checkIssued(new X509Certificate(authority.certificatePem)));
    await assert.rejects(
      handshake(authority.contextFor("api.example.com"), "example.com", { ca: authority.certificatePem }),
      { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    );
  });

  test("holds for addresses too", async () => {
    const authority = await createAuthority("a");
    const shown: Readonly<Record<string, string>> = {
      "192.0.2.1": "192.0.2.1",
      "2001:db8::1": "2001:DB8:0:0:0:0:0:1",
      "::1": "0:0:0:0:0:0:0:1",
      "fe80::": "FE80:0:0:0:0:0:0:0",
      "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8",
    };
    for (const [host, text] of Object.entries(shown)) {
      assert.equal((await certificateFor(authority, host)).subjectAltName, `IP Address:${text}`);
    }
  });

  test("is made for names that are too long for a common name", async () => {
    const host = `${"a".repeat(60)}.${"b".repeat(60)}.test`;
    const certificate = await certificateFor(await createAuthority("a"), host);
    assert.equal(certificate.subjectAltName, `DNS:${host}`);
    assert.equal(certificate.subject, "CN=Cordon");
  });

  test("is never made for what isn't a canonical host", async () => {
    const authority = await createAuthority("a");
    for (const host of [
      "",
      "*.example.com",
      "a.test\0b",
      "A.test",
      "a b",
      "a.test.",
      "a_b.test",
      "::ffff:1.2.3.4",
      "a,DNS:b",
    ]) {
      assert.throws(() => authority.contextFor(host), RangeError, JSON.stringify(host));
    }
  });

  test("has a serial number of its own, of 128 bits", async () => {
    const authority = await createAuthority("a");
    const hosts = ["a.test", "b.test", "c.test"];
    const serials = await Promise.all(hosts.map(async (host) => (await certificateFor(authority, host)).serialNumber));
    assert.equal(new Set(serials).size, hosts.length);
    for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
  });
});

describe("contexts", () => {
  test("one host has one as long as it is in use", async () => {
    const authority = await createAuthority("a");
    const first = authority.contextFor("a.test");
    for (let index = 0; index < 511; index++) authority.contextFor(`h${index}.test`);
    assert.equal(authority.contextFor("a.test"), first);
    const other = authority.contextFor("h0.test");
    for (let index = 511; index < 1023; index++) authority.contextFor(`h${index}.test`);
    assert.notEqual(authority.contextFor("h0.test"), other);
  });

  test("clients that speak TLS 1.1 at most are refused", async () => {
    const authority = await createAuthority("a");
    const old = createSecureContext({
      ca: authority.certificatePem,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL:@SECLEVEL=0",
    });
    await assert.rejects(handshake(authority.contextFor("a.test"), "a.test", { secureContext: old }));
  });

  test("TLS 1.2 is spoken with forward secrecy", async () => {
    const authority = await createAuthority("a");
    const certificate = await handshake(authority.contextFor("a.test"), "a.test", {
      ca: authority.certificatePem,
      maxVersion: "TLSv1.2",
    });
    assert.equal(certificate.subject, "CN=a.test");
  });
});

describe("the authority's name", () => {
  test("has nothing but letters, digits and a few signs, whatever the run is called", () => {
    assert.equal(authorityName("claude-1"), "Cordon run claude-1");
    assert.equal(authorityName("a\n\0/CN=b  é"), "Cordon run a CN b");
    assert.equal(authorityName(""), "Cordon run");
    assert.equal(authorityName("x".repeat(100)).length, 64);
    assert.doesNotMatch(authorityName(`${"x".repeat(52)} y z`), / $/);
  });

  test("is hashed as OpenSSL does", () => {
    // openssl x509 -noout -subject_hash
    assert.equal(subjectHash("Cordon run claude-1"), "0e08cb27");
    assert.equal(subjectHash("Cordon run My.Agent_2"), "45846b33");
  });
});
