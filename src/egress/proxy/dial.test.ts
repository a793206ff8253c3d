import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type NetConnectOpts, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeDialer, refusedLiteral } from "./dial.js";
import { allowed, listening, readSome } from "./fixture.js";
import { canonicalAddress, hostResolver, interleave } from "./resolve.js";

const TARGET = { host: "api.example.com", port: 443 };
const none = () => new Set<string>();

test("only addresses that were checked are dialled, and only one look-up is made", async () => {
  let looked = 0;
  const dialled: NetConnectOpts[] = [];
  const dialer = makeDialer({
    resolve: async () => {
      looked += 1;
      return [
        "10.0.0.1",
        "93.184.215.14",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "64:ff9b::a00:1",
        "2606:2800:21f::1",
        "fe80::1%eth0",
      ];
    },
    own: none,
    openSocket: (options) => {
      dialled.push(options);
      return new Socket().destroy(Object.assign(new Error("no"), { code: "ECONNREFUSED" }));
    },
  });
  const end = await dialer.dial(TARGET, allowed());
  assert.ok(!end.allowed);
  assert.equal(end.code, "unreachable");
  assert.equal(looked, 1);
  assert.deepEqual(
    dialled.map((options) => ("host" in options ? options.host : undefined)),
    ["93.184.215.14", "2606:2800:21f::1"],
  );
});

test("a name that leads to nothing but forbidden addresses is refused with the kind of address", async () => {
  const openSocket = () => assert.fail("it was dialled");
  const lookUps: readonly (readonly [readonly string[], RegExp])[] = [
    [["10.1.2.3"], /leads to a private address/],
    [["169.254.169.254"], /a metadata address/],
    [["::1"], /a loopback address/],
    [["8.8.8.8"], /an address of this host/],
  ];
  for (const [addresses, reason] of lookUps) {
    const dialer = makeDialer({ resolve: async () => addresses, own: () => new Set(["8.8.8.8"]), openSocket });
    const end = await dialer.dial(TARGET, allowed());
    assert.ok(!end.allowed);
    assert.equal(end.code, "address");
    assert.match(end.reason, reason);
  }
  const literal = await makeDialer({ own: none, openSocket }).dial({ host: "192.168.0.1", port: 80 }, allowed());
  assert.equal(!literal.allowed && literal.code, "address");
});

test("a name without addresses, or one whose servers are silent, can't be resolved", { timeout: 10_000 }, async () => {
  const silent = () => new Promise<readonly string[]>(() => undefined);
  const failing = async () => Promise.reject(new Error("ENOTFOUND"));
  for (const resolve of [silent, failing, async () => [], async () => ["not an address"]]) {
    const end = await makeDialer({ resolve, own: none, resolveTimeoutMs: 10 }).dial(TARGET, allowed());
    assert.equal(!end.allowed && end.code, "unresolved");
  }
});

test("connect of the rule wins, also to loopback, by address, name or unix socket", {
  timeout: 10_000,
}, async (context) => {
  const port = await listening(context, (socket) => socket.write("hello"));
  const dialer = makeDialer({ own: none, resolve: async () => ["127.0.0.1"] });
  for (const host of ["127.0.0.1", "upstream.internal"]) {
    const end = await dialer.dial(TARGET, allowed({ connect: { host, port } }));
    assert.ok(end.allowed);
    assert.equal(end.address, "127.0.0.1");
    assert.equal((await readSome(end.socket, 5)).toString(), "hello");
    end.socket.destroy();
  }
  const folder = mkdtempSync(join(tmpdir(), "cordon-dial-"));
  const unix = join(folder, "s");
  const server = createServer((socket) => socket.end("unix")).listen(unix);
  context.after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await once(server, "listening");
  const end = await dialer.dial(TARGET, allowed({ connect: { unix } }));
  assert.ok(end.allowed);
  assert.equal((await readSome(end.socket, 4)).toString(), "unix");
  end.socket.destroy();
});

test("a socket that isn't where it was sent is closed", { timeout: 10_000 }, async (context) => {
  const port = await listening(context, () => undefined);
  let opened: Socket | undefined;
  const openSocket = () => {
    opened = connect({ port, host: "127.0.0.1" });
    return opened;
  };
  const end = await makeDialer({ own: none, resolve: async () => ["93.184.215.14"], openSocket }).dial(
    TARGET,
    allowed(),
  );
  assert.equal(!end.allowed && end.code, "unreachable");
  assert.ok(opened?.destroyed);
});

test("an address that doesn't answer costs a moment only when another does", { timeout: 10_000 }, async (context) => {
  const port = await listening(context, () => undefined);
  const silent = new Socket();
  const openSocket = (options: NetConnectOpts) =>
    "host" in options && options.host === "127.0.0.1" ? connect(options) : silent;
  const verdict = allowed({ connect: { host: "upstream.internal", port } });
  const dialer = makeDialer({ own: none, resolve: async () => ["2606:2800:21f::1", "127.0.0.1"], openSocket });
  const end = await dialer.dial(TARGET, verdict);
  assert.ok(end.allowed);
  assert.ok(silent.destroyed);
  end.socket.destroy();
});

test("a refused connection says so, a silent one ends at the limit, a client that leaves ends it at once", {
  timeout: 10_000,
}, async (context) => {
  const port = await listening(context, () => undefined);
  const refused = await makeDialer({ own: none }).dial(TARGET, allowed({ connect: { host: "127.0.0.1", port: 1 } }));
  assert.ok(!refused.allowed);
  assert.match(refused.reason, /refused the connection/);
  assert.ok("errno" in refused && refused.errno === "ECONNREFUSED");
  const openSocket = () => new Socket();
  const slow = makeDialer({ own: none, connectTimeoutMs: 10, openSocket });
  const late = await slow.dial(TARGET, allowed({ connect: { host: "127.0.0.1", port } }));
  assert.ok(!late.allowed && "errno" in late && late.errno === "ETIMEDOUT");
  const leaving = makeDialer({ own: none, openSocket }).dial(
    TARGET,
    allowed({ connect: { host: "127.0.0.1", port } }),
    AbortSignal.timeout(10),
  );
  assert.equal((await leaving).allowed, false);
});

test("at most three names are looked up at once", async () => {
  let busy = 0;
  let most = 0;
  const resolve = hostResolver(async (host) => {
    busy += 1;
    most = Math.max(most, busy);
    await new Promise((done) => setImmediate(done));
    busy -= 1;
    if (host === "h3") throw new Error("ENOTFOUND");
    return [host];
  });
  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => resolve(`h${index}`)));
  assert.equal(most, 3);
  assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 19);
  assert.equal(busy, 0);
});

test("addresses have one spelling and the two families take turns", () => {
  assert.equal(canonicalAddress("::ffff:10.0.0.1"), "10.0.0.1");
  assert.equal(canonicalAddress("2001:DB8:0::1"), "2001:db8::1");
  for (const odd of ["fe80::1%eth0", "127.1", "a.example", "", "1.2.3.4.5", ":::"]) {
    assert.equal(canonicalAddress(odd), undefined, odd);
  }
  assert.deepEqual(interleave(["::1", "::2", "1.1.1.1", "::1", "2.2.2.2", "3.3.3.3"]), [
    "::1",
    "1.1.1.1",
    "::2",
    "2.2.2.2",
    "3.3.3.3",
  ]);
});

test("what needs no look-up to be refused is known before", () => {
  const own = new Set(["203.0.113.9"]);
  const refused = (host: string, verdict = allowed()) => refusedLiteral({ host, port: 80 }, verdict, own)?.code;
  for (const host of ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254", "203.0.113.9", "localhost", "a.localhost"])
    assert.equal(refused(host), "address", host);
  for (const host of ["1.1.1.1", "2606:4700::1111", "example.com", "notlocalhost"])
    assert.equal(refused(host), undefined);
  assert.equal(refused("10.0.0.1", allowed({ connect: { host: "10.0.0.1", port: 80 } })), undefined);
});
