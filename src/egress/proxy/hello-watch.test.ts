// A real TLS server (OpenSSL's) that takes one curve only, and a client that offers a key for another one first: it is asked for a second
// hello. Judged by the names that the server tells of.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { connect as connectTls, createSecureContext } from "node:tls";
import { makeJudge } from "../decide/judge.js";
import { makeMeter } from "../meter.js";
import { serverCertificate } from "../tls/certificate.js";
import { toPem } from "../tls/pem.js";
import { Connections } from "./connection.js";
import { makeDialer } from "./dial.js";
import { closed, listening, network, pair, read, readSome, rule, told } from "./fixture.js";
import { pump } from "./tunnel.js";

const HOST = "api.example.com";
/** Of the same length, so that it can be put in its place. */
const OTHER = "evl.example.com";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = publicKey.export({ type: "spki", format: "der" });
const validity = { notBefore: new Date(0), notAfter: new Date(4e12) };
const request = { host: HOST, publicKey: spki, serial: Uint8Array.of(1), validity };
const cert = toPem(serverCertificate({ commonName: "a", publicKey: spki, privateKey }, request));
const key = privateKey.export({ type: "pkcs8", format: "pem" });

interface Server {
  readonly port: number;
  /** The names that it was asked for in one handshake, once that has failed. */
  names(): Promise<readonly string[]>;
  /** Waits until it has read this. */
  heard(text: string): Promise<void>;
  say(text: string): void;
}

async function server(context: TestContext, curve: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-hello-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [certFile, keyFile] = [join(folder, "cert"), join(folder, "key")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const own = ["-cert", certFile, "-key", keyFile, "-curves", curve];
  const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...own, "-tlsextdebug"]);
  context.after(() => child.kill("SIGKILL"));
  let output = "";
  const grown = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      grown.emit("more");
    });
  const until = async (pattern: RegExp) => {
    while (!pattern.test(output)) await once(grown, "more");
  };
  await until(/ACCEPT .*:\d+/);
  return {
    port: Number(/ACCEPT .*:(\d+)/.exec(output)?.[1]),
    names: async () => {
      await until(/^ERROR$/m);
      return [...output.matchAll(/"server name" .*\n((?:[0-9a-f]{4} - .*\n)+)/g)].map(([, dump = ""]) => nameIn(dump));
    },
    heard: (text) => until(new RegExp(`^${text}$`, "m")),
    say: (text) => child.stdin.write(text),
  };
}

/** A list of one name, as OpenSSL shows bytes: offset, 16 of them, and the same as text. */
function nameIn(dump: string): string {
  const lines = dump.split("\n").map((line) => line.slice(7, 55).replace(/[^0-9a-f]/g, ""));
  return Buffer.from(lines.join(""), "hex").subarray(5).toString();
}

interface Way {
  readonly lines: string[];
  /** A connection of the program inside to the server, through the tunnel. */
  open(): Promise<Socket>;
}

async function way(context: TestContext, port: number): Promise<Way> {
  const record = told();
  const planned = network({ rules: [rule(HOST, [443, 8443], { connect: { host: "127.0.0.1", port } })] });
  const connections = new Connections({
    judge: makeJudge(planned),
    meter: makeMeter(planned, { nowMs: () => 0, hit: () => undefined }),
    dialer: makeDialer({ own: () => new Set() }),
    report: record.report,
    gate: () => Promise.reject(new Error("not needed")),
    firstBytesMs: 500,
  });
  context.after(() => connections.close());
  const open = async () => {
    const [inside, program] = await pair(context);
    connections.take(inside, { host: HOST, port: 443 }, "capture");
    return program;
  };
  return { lines: record.lines, open };
}

/** A socket for a TLS client; what it sends is changed on its way. */
function changing(socket: Socket, change: (chunk: Buffer, index: number) => Buffer): Duplex {
  let sent = 0;
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      socket.write(change(chunk, sent++));
      done();
    },
  });
  socket.on("data", (chunk) => duplex.push(chunk));
  socket.on("close", () => duplex.destroy());
  return duplex;
}

/** Names the host in its first hello and another one in the second. */
function twoNames(socket: Socket): Promise<unknown> {
  const toHost = (chunk: Buffer, index: number) =>
    index === 0 ? Buffer.from(chunk.toString("latin1").replace(OTHER, HOST), "latin1") : chunk;
  const own = createSecureContext({ ecdhCurve: "X25519:P-384" });
  const changed = changing(socket, toHost);
  const program = connectTls({ socket: changed, servername: OTHER, secureContext: own, rejectUnauthorized: false });
  return new Promise((resolve) => {
    program.on("error", resolve).once("close", resolve);
    program.once("secureConnect", () => resolve("connected"));
  });
}

test("a server goes by the name in a second hello, where nobody looks at it", { timeout: 20_000 }, async (context) => {
  const { port, names } = await server(context, "P-384");
  const open = await listening(context, (socket) => pump(socket, connect({ port, host: "127.0.0.1" })));
  const socket = connect({ port: open, host: "127.0.0.1" }).on("error", () => undefined);
  await twoNames(socket);
  socket.destroy();
  assert.deepEqual(await names(), [HOST, OTHER]);
});

test("a second hello with another name reaches no server, and is told by an alert", {
  timeout: 20_000,
}, async (context) => {
  const { port, names } = await server(context, "P-384");
  const { open, lines } = await way(context, port);
  const end = await twoNames(await open());
  assert.match(String(end), /access denied/);
  assert.deepEqual(lines, [`allowed ${HOST}:443 capture`, `name-mismatch ${HOST}:443 capture`]);
  assert.deepEqual(await names(), [HOST]);
});

test("a second hello that is sent before it is asked for isn't passed on with the first", {
  timeout: 20_000,
}, async (context) => {
  let accept: (socket: Socket) => void = () => undefined;
  const accepting = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const { open } = await way(context, await listening(context, (socket) => accept(socket)));
  const first = await helloOf(HOST);
  const program = await open();
  program.write(Buffer.concat([first, Buffer.from("140303000101", "hex"), await helloOf(OTHER)]));
  const accepted = await accepting;
  assert.deepEqual(await readSome(accepted, first.length), first);
  accepted.resume();
  // Anything but such a request sets the rest free: it is no second hello then.
  accepted.write("15030300020228", "hex");
  await readSome(program, 7);
});

test("honest clients connect, asked again or not", { timeout: 20_000 }, async (context) => {
  for (const curve of ["P-384", "X25519"]) {
    const { port, heard, say } = await server(context, curve);
    const { open, lines } = await way(context, port);
    const own = createSecureContext({ ecdhCurve: "X25519:P-384" });
    const socket = await open();
    const program = connectTls({ socket, servername: HOST, secureContext: own, rejectUnauthorized: false });
    await once(program, "secureConnect");
    program.write("hello\n");
    await heard("hello");
    say("bye\n");
    assert.equal((await readSome(program, 4)).toString(), "bye\n", curve);
    assert.deepEqual(lines, [`allowed ${HOST}:443 capture`]);
  }
});

test("who is asked again and says nothing, or ends, is refused soon", { timeout: 20_000 }, async (context) => {
  const { port } = await server(context, "P-384");
  for (const leave of [() => undefined, (socket: Socket) => socket.end()]) {
    const { open, lines } = await way(context, port);
    const program = await open();
    program.write(await helloOf(HOST));
    await readSome(program, 50);
    leave(program);
    await read(program);
    await closed(program.destroy());
    assert.equal(lines.at(-1), `name-mismatch ${HOST}:443 capture`);
  }
});

test("a server that ends, or a client that leaves, before there is an answer leaves nothing behind", {
  timeout: 20_000,
}, async (context) => {
  const accepted: Socket[] = [];
  const port = await listening(context, (socket) => accepted.push(socket.resume()));
  const { open } = await way(context, port);
  for (const end of ["server", "client", "client, with more bytes"]) {
    const program = await open();
    program.write(await helloOf(HOST));
    const gone = once(program, "close");
    while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const far = accepted.pop();
    assert.ok(far !== undefined);
    if (end === "client, with more bytes") program.write("more");
    if (end === "server") far.end();
    else program.end();
    program.resume();
    if (end === "server") program.once("end", () => program.end());
    else far.once("end", () => far.end());
    await Promise.all([gone, closed(far)]);
  }
});

/** The first flight of a client. */
async function helloOf(name: string): Promise<Buffer> {
  const own = createSecureContext({ ecdhCurve: "X25519:P-384" });
  return new Promise((resolve) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket, servername: name, secureContext: own }).on("error", () => undefined);
  });
}
