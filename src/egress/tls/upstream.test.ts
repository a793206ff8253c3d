import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { rootCertificates, type SecureContext, TLSSocket } from "node:tls";
import { CordonError } from "../../core/error.js";
import { type Authority, createAuthority } from "./authority.js";
import { certificatesIn, toPem } from "./pem.js";
import { makeUpstreamTls, type OpenedUpstream, type UpstreamTrust } from "./upstream.js";
import { upstreamReason } from "./upstream-reason.js";

const folder = mkdtempSync(join(tmpdir(), "cordon-upstream-"));
const servers: Server[] = [];
const sockets: Socket[] = [];
after(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

const DAY_MS = 86_400_000;
const ours = await createAuthority("ours");

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const oursFile = file("ours.pem", ours.certificatePem);

async function connection(serve: (socket: Socket) => void): Promise<Socket> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    serve(socket);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  const socket = dial(address !== null && typeof address === "object" ? address.port : 0, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

function serving(context: SecureContext, protocols: readonly string[] = []): (socket: Socket) => void {
  return (socket) => {
    const options = protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] };
    const tls = new TLSSocket(socket, { isServer: true, secureContext: context, ...options });
    tls.on("error", () => undefined).on("data", (data) => tls.write(data));
  };
}

function trusting(trust: Partial<UpstreamTrust> = {}) {
  return makeUpstreamTls({ files: [oursFile], systemBundles: [], ...trust });
}

async function opened(authority: Authority, certified: string, host: string): Promise<OpenedUpstream> {
  const socket = await connection(serving(authority.contextFor(certified)));
  return trusting().connectTls(socket, host, { alpn: [] });
}

async function reasonOf(opening: Promise<OpenedUpstream>): Promise<string> {
  const result = await opening;
  assert.ok(!result.allowed);
  assert.equal(result.code, "upstream-tls");
  assert.match(result.reason, /^[\x20-\x7e]{10,300}$/);
  return result.reason;
}

describe("a handshake", () => {
  for (const host of ["a.test", "127.0.0.1", "::1"]) {
    test(`with ${host} whose certificate is right ends in a connection`, async () => {
      const result = await opened(ours, host, host);
      assert.ok(result.allowed);
      result.socket.write("hello");
      const [echo] = await once(result.socket, "data");
      assert.equal(String(echo), "hello");
      for (const event of ["error", "secureConnect", "timeout"])
        assert.equal(result.socket.listenerCount(event) <= 1, true);
      result.socket.destroy();
    });
  }

  test("agrees on a protocol", async () => {
    const socket = await connection(serving(ours.contextFor("a.test"), ["h2", "http/1.1"]));
    const result = await trusting().connectTls(socket, "a.test", { alpn: ["http/1.1"] });
    assert.ok(result.allowed);
    assert.equal(result.socket.alpnProtocol, "http/1.1");
    result.socket.destroy();
  });

  test("with a certificate for another name is refused", async () => {
    assert.match(await reasonOf(opened(ours, "b.test", "a.test")), /a\.test showed is for other names/);
    assert.match(await reasonOf(opened(ours, "b.test", "127.0.0.1")), /other names/);
    assert.match(await reasonOf(opened(ours, "127.0.0.1", "127.0.0.2")), /other names/);
  });

  test("with an authority that isn't trusted is refused", async () => {
    assert.match(await reasonOf(opened(await createAuthority("ours"), "a.test", "a.test")), /authority|signature/);
    assert.match(
      await reasonOf(opened(await createAuthority("other"), "a.test", "a.test")),
      /isn't trusted here.*upstreamCa/,
    );
  });

  test("with a certificate that has expired, or isn't valid yet, is refused", async () => {
    const early = await createAuthority("early", { now: new Date(Date.now() - 30 * DAY_MS) });
    const late = await createAuthority("late", { now: new Date(Date.now() + 30 * DAY_MS) });
    const path = file("times.pem", early.certificatePem + late.certificatePem);
    const open = async (authority: Authority) =>
      trusting({ files: [path] }).connectTls(await connection(serving(authority.contextFor("a.test"))), "a.test", {
        alpn: [],
      });
    assert.match(await reasonOf(open(early)), /has expired/);
    assert.match(await reasonOf(open(late)), /isn't valid yet/);
  });

  test("with a server that doesn't speak TLS is refused", async () => {
    const socket = await connection((peer) => peer.write("SSH-2.0-server\r\n"));
    assert.match(await reasonOf(trusting().connectTls(socket, "a.test", { alpn: [] })), /doesn't speak TLS/);
    assert.ok(socket.destroyed);
  });

  test("with a server that closes is refused", async () => {
    const socket = await connection((peer) => peer.end());
    assert.match(await reasonOf(trusting().connectTls(socket, "a.test", { alpn: [] })), /closed/);
  });

  test("with a server that says nothing ends in time", async () => {
    const socket = await connection(() => undefined);
    assert.match(await reasonOf(trusting().connectTls(socket, "a.test", { alpn: [], timeoutMs: 50 })), /in time/);
    assert.ok(socket.destroyed);
  });

  test("is refused when the trusted certificates can't be read", async () => {
    const socket = await connection(serving(ours.contextFor("a.test")));
    const upstream = trusting({ files: ["/nonexistent.pem"] });
    assert.match(await reasonOf(upstream.connectTls(socket, "a.test", { alpn: [] })), /can't be read/);
    assert.ok(socket.destroyed);
  });

  test("may be given up", async () => {
    const abort = new AbortController();
    const socket = await connection(() => abort.abort());
    const opening = trusting().connectTls(socket, "a.test", { alpn: [], signal: abort.signal });
    assert.match(await reasonOf(opening), /closed/);
    assert.match(await reasonOf(trusting().connectTls(socket, "a.test", { alpn: [] })), /closed/);
  });
});

describe("what is trusted", () => {
  test("is read once, when it is first asked for", () => {
    const reads: string[] = [];
    const upstream = trusting({
      files: ["/a.pem"],
      systemBundles: ["/none", "/system", "/later"],
      read: (path) => {
        reads.push(path);
        if (path === "/none") throw Object.assign(new Error("no"), { code: "ENOENT" });
        return ours.certificatePem;
      },
    });
    assert.deepEqual(reads, []);
    assert.equal(upstream.context(), upstream.context());
    upstream.texts();
    assert.deepEqual(reads, ["/a.pem", "/none", "/system"]);
  });

  test("is the system's, the policy's and what the user's variables name", () => {
    const read = (path: string) => `${path}\n${ours.certificatePem}`;
    const { system, more } = trusting({
      files: ["/a"],
      sslCertFile: "/b",
      nodeExtraCaCerts: "/c",
      systemBundles: ["/s"],
      read,
    }).texts();
    assert.deepEqual(
      [system, ...more].map((text) => text.split("\n")[0]),
      ["/s", "/a", "/b", "/c"],
    );
  });

  test("is Node's own list where the system has none", () => {
    assert.equal(
      certificatesIn(trusting({ systemBundles: ["/nonexistent"] }).texts().system).length,
      rootCertificates.length,
    );
  });

  test("a file that is missing or has no certificate is named", () => {
    const empty = file("empty.pem", "# nothing\n");
    const cases: readonly (readonly [Partial<UpstreamTrust>, RegExp])[] = [
      [{ files: ["/nonexistent.pem"] }, /^network\.upstreamCa: .*\/nonexistent\.pem: ENOENT/],
      [{ files: [folder] }, /EISDIR/],
      [{ files: [empty] }, /no certificate is in .*empty\.pem/],
      [{ sslCertFile: "/nonexistent.pem" }, /^\$SSL_CERT_FILE: /],
      [{ nodeExtraCaCerts: "/nonexistent.pem" }, /^\$NODE_EXTRA_CA_CERTS: /],
    ];
    for (const [trust, line] of cases) {
      assert.throws(
        () => trusting(trust).texts(),
        (error) => error instanceof CordonError && line.test(error.toLine()),
      );
    }
  });

  test("a block that can't be read doesn't hide those after it", async () => {
    const broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const odd = toPem(Buffer.concat([Buffer.from([0x30, 0x82, 1, 0]), Buffer.alloc(256)]));
    const path = file("broken.pem", `${broken}${odd}${ours.certificatePem}`);
    const socket = await connection(serving(ours.contextFor("a.test")));
    const result = await trusting({ files: [path] }).connectTls(socket, "a.test", { alpn: [] });
    assert.ok(result.allowed);
    result.socket.destroy();
  });
});

test("a code that nobody knows is told only when it looks like one", () => {
  assert.match(upstreamReason("a.test", "ERR_NEW"), /a\.test couldn't be made \(ERR_NEW\)\./);
  assert.match(upstreamReason("a.test", "evil\x1b[0m"), /couldn't be made\.$/);
});
