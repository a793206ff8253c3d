import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { NetworkRule } from "../../plan/types.js";
import { makeJudge } from "../decide/judge.js";
import { makeMeter } from "../meter.js";
import { HELLOS } from "../tls/fixture.js";
import { Connections, type TakeOptions } from "./connection.js";
import { makeDialer } from "./dial.js";
import { closed, listening, network, pair, read, readSome, rule, type Told, told } from "./fixture.js";

/** Asks for api.example.com. */
const HELLO = Buffer.from(HELLOS["openssl s_client"] ?? "", "hex");
const NAMELESS = Buffer.from(HELLOS["Node 20, no name"] ?? "", "hex");
const HOST = "api.example.com";

interface Way extends Told {
  /** What the program inside has of a connection to the port. */
  open(port: number, options?: TakeOptions): Promise<Socket>;
  /** What the next connection at the far server is. */
  readonly server: Promise<Socket>;
  readonly dialled: () => number;
}

interface Setting {
  readonly rules?: (upstream: NonNullable<NetworkRule["connect"]>) => readonly NetworkRule[];
  readonly connections?: number;
  readonly rate?: number;
}

async function way(context: TestContext, setting: Setting = {}): Promise<Way> {
  let dialled = 0;
  let accept: (socket: Socket) => void = () => undefined;
  const server = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const port = await listening(context, (socket) => {
    dialled += 1;
    accept(socket);
  });
  const upstream = { host: "127.0.0.1", port };
  const { rules = (connect) => [rule(HOST, [22, 80, 443, 8080], { connect })] } = setting;
  const limits = {
    ...(setting.connections === undefined ? {} : { connections: setting.connections }),
    ...(setting.rate === undefined ? {} : { requests: { count: setting.rate, perMs: 60_000 } }),
  };
  const planned = network({ rules: rules(upstream), limits });
  const record = told();
  const answer = (kind: string) => (socket: { end(text: string): unknown }) => socket.end(`gate ${kind}`);
  const connections = new Connections({
    judge: makeJudge(planned),
    meter: makeMeter(planned, { nowMs: () => 0, hit: () => undefined }),
    dialer: makeDialer({ own: () => new Set() }),
    report: record.report,
    gate: async () => ({ plain: answer("plain"), inspected: answer("inspected") }),
    firstBytesMs: 300,
    graceMs: 10,
  });
  context.after(() => connections.close());
  return {
    ...record,
    server,
    dialled: () => dialled,
    open: async (to, options) => {
      const [inside, program] = await pair(context);
      connections.take(inside, { host: HOST, port: to }, "capture", options);
      return program;
    },
  };
}

test("TLS that names the host passes through unchanged", { timeout: 10_000 }, async (context) => {
  const { open, server, lines } = await way(context);
  const program = await open(443);
  program.write(HELLO);
  const far = await server;
  assert.deepEqual(await readSome(far, HELLO.length), HELLO);
  far.end("answer");
  assert.equal((await read(program)).toString(), "answer");
  assert.deepEqual(lines, [`allowed ${HOST}:443 capture`]);
});

test("TLS for another name, or for none, is told by an alert and never dialled", {
  timeout: 10_000,
}, async (context) => {
  for (const port of [443, 8080]) {
    const other = await way(context, { rules: (connect) => [rule("*.example.com", [443, 8080], { connect })] });
    const program = await other.open(port);
    program.write(NAMELESS);
    assert.deepEqual([...(await read(program))], [0x15, 3, 3, 0, 2, 2, 49]);
    assert.equal((await other.wait("name-mismatch")).includes(`:${port}`), true);
    assert.equal(other.dialled(), 0);
  }
});

test("clients of TLS say that access was denied", { timeout: 10_000 }, async (context) => {
  const { open, wait } = await way(context);
  const socket = await open(443);
  const failed = new Promise<Error>((resolve) => {
    connectTls({ socket, servername: "evil.example.com" }).on("error", resolve);
  });
  assert.match((await failed).message, /alert access denied/);
  await wait("name-mismatch");
});

test("on port 443 nothing but TLS and HTTP passes", { timeout: 10_000 }, async (context) => {
  const { open, wait, dialled } = await way(context);
  for (const bytes of ["SSH-2.0-x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0"]) {
    const program = await open(443);
    program.write(bytes);
    assert.equal(await closed(program), true);
  }
  const silent = await open(443);
  assert.equal(await closed(silent), true);
  await wait("not-tls");
  const http = await open(443);
  http.write("GET / HTTP/1.1\r\n\r\n");
  assert.equal((await read(http)).toString(), "gate plain");
  assert.equal(dialled(), 0);
});

test("where TLS is to be opened the gate gets it, and raw bytes never pass", { timeout: 10_000 }, async (context) => {
  const rules = (connect: NonNullable<NetworkRule["connect"]>) => [rule(HOST, [443, 8080], { connect, inspect: true })];
  const { open, dialled, lines } = await way(context, { rules });
  for (const port of [443, 8080]) {
    const program = await open(port);
    program.write(HELLO);
    assert.equal((await read(program)).toString(), "gate inspected");
    const raw = await open(port);
    raw.write("SSH-2.0-x\r\n");
    assert.equal(await closed(raw), true);
  }
  assert.equal(dialled(), 0);
  assert.deepEqual(lines, [`not-tls ${HOST}:443 capture`, `not-tls ${HOST}:8080 capture`]);
});

test("a rule about methods lets no TLS through that it can't look into", { timeout: 10_000 }, async (context) => {
  const { open, wait, dialled } = await way(context, {
    rules: (connect) => [rule(HOST, [443, 8080], { connect, methods: ["GET"] })],
  });
  const program = await open(443);
  program.write(HELLO);
  assert.equal((await read(program)).length, 7);
  await wait("method");
  const raw = await open(8080);
  raw.write("x\r\n");
  assert.equal(await closed(raw), true);
  assert.equal(dialled(), 0);
});

test("on other ports the server may speak first, and raw bytes pass both ways", {
  timeout: 10_000,
}, async (context) => {
  const { open, server } = await way(context);
  const program = await open(22);
  const far = await server;
  far.write("SSH-2.0-server\r\n");
  assert.equal((await readSome(program, 16)).toString(), "SSH-2.0-server\r\n");
  program.write("SSH-2.0-client\r\n");
  assert.equal((await readSome(far, 16)).toString(), "SSH-2.0-client\r\n");
  program.end("last");
  assert.equal((await read(far)).toString(), "last");
});

test("on other ports a few bytes and an end reach the server", { timeout: 10_000 }, async (context) => {
  const { open, server } = await way(context);
  const program = await open(8080);
  program.end("PING");
  assert.equal((await read(await server)).toString(), "PING");
});

test("HTTP on other ports is judged by the gate, also when the upstream was dialled early", {
  timeout: 10_000,
}, async (context) => {
  const { open, server } = await way(context);
  const at = await open(8080);
  at.write("GET / HTTP/1.1\r\n\r\n");
  assert.equal((await read(at)).toString(), "gate plain");
  const late = await open(8080);
  const far = await server;
  late.write("GET / HTTP/1.1\r\n\r\n");
  assert.equal((await read(late)).toString(), "gate plain");
  assert.equal((await read(far)).toString(), "");
});

test("a request after the server has spoken is refused", { timeout: 10_000 }, async (context) => {
  const { open, server, wait } = await way(context);
  const program = await open(22);
  (await server).write("220 hello\r\n");
  await readSome(program, 11);
  program.write("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  assert.match((await read(program)).toString(), /^HTTP\/1.1 400 [\s\S]*after the server had spoken/);
  await wait("malformed");
});

test("a refused client is told why in its own protocol", { timeout: 10_000 }, async (context) => {
  const { open, dialled, lines } = await way(context, { rules: () => [] });
  const http = await open(80);
  http.write("GET / HTTP/1.1\r\n\r\n");
  const answer = (await read(http)).toString();
  assert.match(answer, /^HTTP\/1.1 403 [\s\S]*api\.example\.com:80 isn't allowed/);
  assert.match(answer, /\r\nx-cordon-code: no-rule\r\n/);
  const tls = await open(443);
  tls.write(HELLO);
  assert.equal((await read(tls))[0], 0x15);
  const ssh = await open(22);
  ssh.write("SSH-2.0-x\r\n");
  assert.equal(await closed(ssh), true);
  assert.equal(dialled(), 0);
  assert.deepEqual(lines, [`no-rule ${HOST}:80 capture`, `no-rule ${HOST}:443 capture`, `no-rule ${HOST}:22 capture`]);
});

test("an upstream that can't be reached is told, too", { timeout: 10_000 }, async (context) => {
  const rules = () => [rule(HOST, [443, 22], { connect: { host: "127.0.0.1", port: 1 } })];
  const { open, wait } = await way(context, { rules });
  const program = await open(443);
  program.write(HELLO);
  assert.equal((await read(program))[0], 0x15);
  await wait("unreachable");
  assert.equal(await closed(await open(22)), true);
});

test("places among the connections are given back, however they ended", { timeout: 10_000 }, async (context) => {
  const { open, wait } = await way(context, { connections: 1 });
  for (let index = 0; index < 3; index++) {
    const program = await open(443);
    program.write("nonsense\r\n");
    assert.equal(await closed(program), true);
    // Its other end is closed by now, too.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await open(22);
  await wait("allowed");
  const second = await open(80);
  second.write("GET / HTTP/1.1\r\n\r\n");
  assert.match((await read(second)).toString(), /^HTTP\/1.1 429 [\s\S]*too many connections/);
});

test("a tunnel counts as one request", { timeout: 10_000 }, async (context) => {
  const { open, server, wait } = await way(context, { rate: 1 });
  (await open(443)).write(HELLO);
  await server;
  const second = await open(443);
  second.write(HELLO);
  assert.equal((await read(second))[0], 0x15);
  await wait("rate");
});

test("a client that is to be greeted hears of a dial that failed, and of success once it stands", {
  timeout: 10_000,
}, async (context) => {
  const heard: string[] = [];
  const greet: TakeOptions["greet"] = (denied) => heard.push(denied?.code ?? "connected");
  const unreachable = await way(context, {
    rules: () => [rule(HOST, [443, 22], { connect: { host: "127.0.0.1", port: 1 } })],
  });
  await unreachable.open(443, { greet });
  await unreachable.wait("unreachable");
  const { open, server } = await way(context);
  const program = await open(443, { greet });
  await server;
  program.write(HELLO);
  assert.deepEqual(await readSome(await server, HELLO.length), HELLO);
  assert.deepEqual(heard, ["unreachable", "connected"]);
});

test("an error inside is a denial", { timeout: 10_000 }, async (context) => {
  const record = told();
  const planned = network({ rules: [rule(HOST, [80])] });
  const connections = new Connections({
    judge: makeJudge(planned),
    meter: makeMeter(planned, { nowMs: () => 0, hit: () => undefined }),
    dialer: makeDialer({ own: () => new Set() }),
    report: record.report,
    gate: () => Promise.reject(new Error("a bug")),
  });
  const [inside, program] = await pair(context);
  connections.take(inside, { host: HOST, port: 80 }, "capture");
  assert.equal(await closed(program), true);
  assert.deepEqual(record.lines, [`internal ${HOST}:80 capture`]);
});
