// The whole way on real sockets of loopback: as a sandbox without netfilter sees it (synthetic addresses of 127.64.0.0/10).
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { EventDraft } from "../events/types.js";
import type { Listener, PlannedNetwork } from "../plan/types.js";
import { decode, queryBytes } from "./dns/fixture.js";
import { Blocklists } from "./dns/zones.js";
import { Egress } from "./egress.js";
import { client, closed, listening, network, pair, portOf, read, readSome, rule } from "./proxy/fixture.js";

const HOST = "api.example.com";

const LISTENER = {
  id: "x",
  protocol: "tcp",
  address: "0.0.0.0",
  port: 0,
  transparent: false,
  origin: "network.mode",
} as const;

interface Sandbox {
  readonly egress: Egress;
  readonly events: EventDraft[];
  /** A port inside that the role's listener has. */
  listen(role: Listener["role"], more?: Partial<Listener>): Promise<number>;
  /** What the name service answers, or undefined. */
  lookUp(name: string): Promise<string | undefined>;
}

async function sandbox(context: TestContext, planned: Partial<PlannedNetwork>): Promise<Sandbox> {
  const events: EventDraft[] = [];
  const egress = new Egress({
    network: network(planned),
    emit: (draft) => events.push(draft),
    nowMs: () => performance.now(),
    blocklists: new Blocklists(),
    upstreamTls: { connectTls: () => Promise.reject(new Error("no TLS here")) },
    resolve: async () => ["10.0.0.1"],
    own: () => new Set(),
  });
  context.after(() => egress.close());
  const listen: Sandbox["listen"] = async (role, more = {}) => {
    const server = createServer().listen(0, "0.0.0.0");
    egress.accept({ ...LISTENER, role, ...more }, server);
    return portOf(server);
  };
  const udp = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const { port } = udp.address();
  egress.accept({ ...LISTENER, role: "dns", protocol: "udp" }, udp);
  return { egress, events, listen, lookUp: (name) => ask(name, port) };
}

async function ask(name: string, port: number): Promise<string | undefined> {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const asker = createSocket("udp4");
  const answered = once(asker, "message");
  asker.send(Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]), port, "127.0.0.1");
  const answer: unknown = (await answered)[0];
  asker.close();
  assert.ok(Buffer.isBuffer(answer));
  // One answer, whose last four bytes before anything of EDNS are its address; none was asked for here.
  return answer.readUInt16BE(6) === 1 ? answer.subarray(-4).join(".") : undefined;
}

/** An upstream that says what it was asked. */
async function web(context: TestContext): Promise<{ readonly host: string; readonly port: number }> {
  const server = createHttp((request, response) =>
    response.end(`${request.method} ${request.headers.host} ${request.url}`),
  );
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  return { host: "127.0.0.1", port: await portOf(server.listen(0, "127.0.0.1")) };
}

async function echo(context: TestContext): Promise<{ readonly host: string; readonly port: number }> {
  return { host: "127.0.0.1", port: await listening(context, (socket) => socket.pipe(socket)) };
}

function socksRequest(host: string, port: number): Buffer {
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([5, 1, 0, 5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]);
}

test("a program that knows no proxy reaches an allowed host by its name, and no other", {
  timeout: 10_000,
}, async (context) => {
  const upstream = await echo(context);
  const ports: number[] = [];
  const inside = await sandbox(context, { rules: [rule(HOST, ports, { connect: upstream })] });
  const port = await inside.listen("capture");
  ports.push(port);
  const address = await inside.lookUp(HOST);
  assert.match(address ?? "", /^127\.64\./);
  const program = client(context, { host: address ?? "", port });
  program.end("hello\n");
  assert.equal((await read(program)).toString(), "hello\n");
  assert.equal(await inside.lookUp("evil.example"), undefined);
  const literal = client(context, { host: "127.0.0.1", port });
  literal.write("x\n");
  assert.equal(await closed(literal), true);
  const stale = client(context, { host: "127.64.9.9", port });
  stale.write("x\n");
  assert.equal(await closed(stale), true);
  const told = inside.events.map((event) => [event.type, "code" in event ? event.code : undefined]);
  assert.deepEqual(told, [
    ["network.allowed", undefined],
    ["dns.denied", undefined],
    ["network.denied", "no-rule"],
    ["network.denied", "address"],
  ]);
});

test("new names below a wildcard are counted once, whichever way they come in", {
  timeout: 20_000,
}, async (context) => {
  const inside = await sandbox(context, { rules: [rule("*.example.com", [22])] });
  const port = await inside.listen("socks");
  const replyTo = async (host: string) => {
    const program = client(context, { host: "127.0.0.1", port });
    program.write(socksRequest(host, 22));
    await readSome(program, 12);
    program.destroy();
    const last = inside.events.at(-1);
    return last !== undefined && "code" in last ? last.code : undefined;
  };
  for (let index = 0; index < 30; index++) assert.notEqual(await inside.lookUp(`a${index}.example.com`), undefined);
  for (let index = 0; index < 60; index++) assert.equal(await replyTo(`a${index}.example.com`), "address");
  assert.equal(await replyTo("a60.example.com"), "label");
  assert.equal(await inside.lookUp("a61.example.com"), undefined);
  assert.equal(await replyTo("a59.example.com"), "address");
});

test("TCP to port 53 of any address is answered by the name service", { timeout: 10_000 }, async (context) => {
  const inside = await sandbox(context, { rules: [rule(HOST, [443])] });
  const server = createServer();
  inside.egress.accept({ ...LISTENER, role: "capture" }, server);
  const [accepted, program] = await pair(context);
  // As netfilter hands it over: the address and port that the program meant.
  Object.defineProperties(accepted, { localAddress: { value: "8.8.8.8" }, localPort: { value: 53 } });
  server.emit("connection", accepted);
  const query = queryBytes(HOST);
  program.write(Buffer.concat([Buffer.from([0, query.length]), query]));
  const answer = await readSome(program, 2 + query.length + 16);
  assert.equal(decode(answer.subarray(2)).rcode, 0);
  assert.match(decode(answer.subarray(2)).addresses.join(), /^127\.64\./);
});

test("HTTP goes through the gate from each way in, and hosts must agree", { timeout: 10_000 }, async (context) => {
  const upstream = await web(context);
  const ports: number[] = [];
  const inside = await sandbox(context, { rules: [rule(HOST, ports, { connect: upstream, methods: ["GET"] })] });
  const capture = await inside.listen("capture");
  const http = await inside.listen("http");
  const socks = await inside.listen("socks");
  ports.push(capture);
  const address = (await inside.lookUp(HOST)) ?? "";
  const request = (host: string, method = "GET") =>
    `${method} /x HTTP/1.1\r\nHost: ${host}:${capture}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
  const through = {
    capture: async (text: string) => {
      const program = client(context, { host: address, port: capture });
      program.write(text);
      return (await read(program)).toString();
    },
    connect: async (text: string) => {
      const program = client(context, { host: "127.0.0.1", port: http });
      program.write(`CONNECT ${HOST}:${capture} HTTP/1.1\r\nHost: ${HOST}:${capture}\r\n\r\n`);
      assert.match((await readSome(program, 19)).toString(), /^HTTP\/1\.1 200/);
      program.write(text);
      return (await read(program)).toString();
    },
    socks: async (text: string) => {
      const program = client(context, { host: "127.0.0.1", port: socks });
      program.write(socksRequest(HOST, capture));
      assert.deepEqual([...(await readSome(program, 12))].slice(0, 4), [5, 0, 5, 0]);
      program.write(text);
      return (await read(program)).toString();
    },
  };
  for (const [name, send] of Object.entries(through)) {
    assert.match(await send(request(HOST)), new RegExp(`GET ${HOST}:${capture} /x`), name);
    assert.match(await send(request("evil.example")), /^HTTP\/1.1 403[\s\S]*evil\.example/, name);
    assert.match(await send(request(HOST, "POST")), /^HTTP\/1.1 403[\s\S]*allows GET/, name);
  }
  const absolute = client(context, { host: "127.0.0.1", port: http });
  absolute.write(`GET http://${HOST}:${capture}/y HTTP/1.1\r\nHost: ${HOST}:${capture}\r\nConnection: close\r\n\r\n`);
  assert.match((await read(absolute)).toString(), /\/y/);
});

test("SOCKS says what became of a connection", { timeout: 10_000 }, async (context) => {
  const upstream = await echo(context);
  const rules = [
    rule(HOST, [22], { connect: upstream }),
    rule("down.example.com", [22], { connect: { host: "127.0.0.1", port: 1 } }),
    rule("private.example.com", [22]),
  ];
  const inside = await sandbox(context, { rules });
  const port = await inside.listen("socks");
  const replyTo = async (host: string, to = 22) => {
    const program = client(context, { host: "127.0.0.1", port });
    program.write(socksRequest(host, to));
    return [program, (await readSome(program, 12)).at(3)] as const;
  };
  const [program, reply] = await replyTo(HOST);
  assert.equal(reply, 0);
  program.end("bytes");
  assert.equal((await read(program)).toString(), "bytes");
  const codes: unknown[] = [];
  for (const host of ["down.example.com", "private.example.com", "evil.example", "evil.example\0.example.com"]) {
    codes.push((await replyTo(host))[1]);
  }
  assert.deepEqual(codes, [5, 2, 2, 2]);
  assert.equal((await replyTo(HOST, 23))[1], 2);
});

test("a service of the host, a socket of the host and a port of the sandbox are carried and told", {
  timeout: 10_000,
}, async (context) => {
  const service = await echo(context);
  const inside = await sandbox(context, { mode: "none" });
  const forward = await inside.listen("forward", { to: service, origin: "network.forward.0" });
  const folder = mkdtempSync(join(tmpdir(), "cordon-egress-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const source = join(folder, "real");
  const real = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(source);
  const ours = createServer().listen(join(folder, "ours"));
  await Promise.all([once(real, "listening"), once(ours, "listening")]);
  context.after(() => real.close());
  inside.egress.socket(ours, { source, origin: "network.sockets.0" });
  const hostPort = await freePort();
  const dialInside = async () => connect({ ...service, allowHalfOpen: true });
  const published = { hostPort, port: 3000, origin: "network.publish.0", dialInside };
  await inside.egress.publish(published);
  const ways = [
    { port: forward, host: "127.0.0.1" },
    { path: join(folder, "ours") },
    { port: hostPort, host: "127.0.0.1" },
  ];
  for (const to of ways) {
    const program = client(context, to);
    program.end("hello");
    assert.equal((await read(program)).toString(), "hello");
  }
  await assert.rejects(inside.egress.publish(published), /port \d+ of the host can't be listened on/);
  const told = inside.events.map((event) => ("via" in event && "rule" in event ? [event.via, event.rule] : []));
  assert.deepEqual(told, [
    ["forward", "network.forward.0"],
    ["socket", "network.sockets.0"],
    ["publish", "network.publish.0"],
  ]);
});

test("closing ends listeners and connections of every kind", { timeout: 10_000 }, async (context) => {
  const upstream = await echo(context);
  const ports: number[] = [];
  const inside = await sandbox(context, { rules: [rule(HOST, ports, { connect: upstream })] });
  const capture = await inside.listen("capture");
  ports.push(capture);
  const forward = await inside.listen("forward", { to: upstream, origin: "network.forward.0" });
  const address = (await inside.lookUp(HOST)) ?? "";
  const open: Socket[] = [];
  for (const to of [
    { host: address, port: capture },
    { host: "127.0.0.1", port: forward },
  ]) {
    const program = client(context, to);
    program.write("x\n");
    await readSome(program, 2);
    open.push(program);
  }
  await inside.egress.close();
  await Promise.all(open.map(read));
  const late = client(context, { host: "127.0.0.1", port: capture });
  assert.equal(await closed(late), true);
});

async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  const port = await portOf(server);
  server.close();
  await once(server, "close");
  return port;
}
