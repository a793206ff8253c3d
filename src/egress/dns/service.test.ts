import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { blocklistsOf, decode, judgeOf, queryBytes, reporterInto, type Told } from "./fixture.js";
import { SyntheticNames } from "./names.js";
import { MAX_CONNECTIONS, type NameServiceOptions, serveNames } from "./service.js";

/** A service on loopback, over both transports at one port. */
async function started(context: TestContext, options: Partial<NameServiceOptions> = {}) {
  const told: Told[] = [];
  const service = serveNames({
    judge: judgeOf("api.example.com", "*.example.org"),
    names: new SyntheticNames(),
    blocklists: blocklistsOf("tcp.example.org CNAME rpz-tcp-only.\n"),
    report: reporterInto(told),
    ...options,
  });
  const server = createServer((socket) => service.connection(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  service.udp(socket);
  context.after(() => {
    service.close();
    server.close();
  });
  return { told, port, service };
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);
}

/** The first `count` messages that come. */
async function messages(socket: Socket, count: number): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      found.push(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
    }
    if (found.length >= count) break;
  }
  return found;
}

test("Node's own resolver understands the answers", async (context) => {
  const { port, told } = await started(context);
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  assert.deepEqual(await resolver.resolve4("api.example.com", { ttl: true }), [{ address: "198.18.0.1", ttl: 60 }]);
  assert.deepEqual(await resolver.resolve4("WWW.example.org"), ["198.18.0.2"]);
  assert.deepEqual(await resolver.reverse("198.18.0.1"), ["api.example.com"]);
  await assert.rejects(resolver.resolve6("api.example.com"), { code: "ENODATA" });
  await assert.rejects(resolver.resolveTxt("api.example.com"), { code: "ENODATA" });
  await assert.rejects(resolver.resolveSrv("_http._tcp.api.example.com"), { code: "ENODATA" });
  await assert.rejects(resolver.resolve4("evil.example"), { code: "ENOTFOUND" });
  await assert.rejects(resolver.resolveTxt("evil.example"), { code: "ENOTFOUND" });
  assert.deepEqual(
    told.map(({ name }) => name),
    ["evil.example"],
  );
  // A truncated answer makes it ask again over TCP.
  assert.deepEqual(await resolver.resolve4("tcp.example.org"), ["198.18.0.3"]);
});

test("one connection carries many questions, cut anywhere", { timeout: 20_000 }, async (context) => {
  const { port } = await started(context);
  const client = connect(port, "127.0.0.1");
  const stream = Buffer.concat(
    Array.from({ length: 50 }, (_, id) =>
      framed(queryBytes(id % 2 === 0 ? "api.example.com" : "evil.example", { id })),
    ),
  );
  for (let at = 0; at < stream.length; at += 7) client.write(stream.subarray(at, at + 7));
  const answers = (await messages(client, 50)).map(decode);
  assert.deepEqual(
    answers.map(({ id, rcode }) => [id, rcode]),
    Array.from({ length: 50 }, (_, id) => [id, id % 2 === 0 ? 0 : 3]),
  );
});

test("a client that has said all still gets every answer", { timeout: 20_000 }, async (context) => {
  const { port } = await started(context);
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const count = 20_000;
  client.end(Buffer.concat(Array.from({ length: count }, () => framed(queryBytes("api.example.com", { edns: 1232 })))));
  assert.equal((await messages(client, Number.POSITIVE_INFINITY)).length, count);
});

test("a client that never reads holds a bounded number of answers", { timeout: 20_000 }, async (context) => {
  const sockets: Socket[] = [];
  const service = serveNames({
    judge: judgeOf("api.example.com"),
    names: new SyntheticNames(),
    blocklists: blocklistsOf(""),
    report: reporterInto([]),
    idleMs: 500,
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    service.connection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    service.close();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.pause();
  client.on("error", () => undefined);
  const many = Buffer.concat(Array.from({ length: 200_000 }, () => framed(queryBytes("api.example.com"))));
  client.write(many);
  const [accepted] = sockets.length > 0 ? [sockets[0]] : ((await once(server, "connection")) as [Socket]);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, accepted?.writableLength ?? 0);
  }, 5);
  if (accepted !== undefined) await once(accepted, "close");
  clearInterval(watch);
  assert.ok(most < 100_000, `${most} bytes`);
  client.destroy();
});

test("silent connections, long messages and answers in a question's place end the connection", {
  timeout: 20_000,
}, async (context) => {
  const { port } = await started(context, { idleMs: 200 });
  const endings = [
    Buffer.alloc(0),
    Buffer.of(0),
    Buffer.of(0xff, 0xff, 1, 2, 3),
    framed(Buffer.alloc(3)),
    framed(queryBytes("api.example.com", { flags: 0x8000 })),
  ];
  for (const bytes of endings) {
    const client = connect(port, "127.0.0.1");
    client.on("error", () => undefined);
    client.write(bytes);
    client.resume();
    await once(client, "close");
  }
});

test("more connections than there is room for are reset, and others go on", { timeout: 20_000 }, async (context) => {
  const { port } = await started(context);
  const clients: Socket[] = [];
  for (let index = 0; index < MAX_CONNECTIONS; index++) {
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    clients.push(client);
  }
  const first = clients[0] ?? assert.fail();
  first.write(framed(queryBytes("api.example.com")));
  const surplus = connect(port, "127.0.0.1");
  const [error] = await once(surplus, "error");
  assert.equal(error.code, "ECONNRESET");
  assert.equal((await messages(first, 1)).length, 1);
  for (const client of clients) client.destroy();
});

test("datagrams that aren't questions get no answer or an error, and the next question its answer", {
  timeout: 20_000,
}, async (context) => {
  const { port } = await started(context);
  const client = createSocket("udp4");
  context.after(() => client.close());
  const answers: Buffer[] = [];
  client.on("message", (message) => answers.push(message));
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(11), queryBytes("a.b", { flags: 0x8000 }), Buffer.alloc(12)])
    client.send(bytes, port, "127.0.0.1");
  client.send(queryBytes("api.example.com", { id: 99 }), port, "127.0.0.1");
  while (!answers.some((answer) => answer.readUInt16BE(0) === 99)) await once(client, "message");
  assert.deepEqual(
    answers.map((answer) => [decode(answer).id, decode(answer).rcode]),
    [
      [0, 1],
      [99, 0],
    ],
  );
});

test("it can be closed twice, and after its sockets were closed", async (context) => {
  const { service } = await started(context);
  service.close();
  service.close();
});
