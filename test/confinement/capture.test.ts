// The capture in a real network namespace: whatever a program inside dials comes to the supervisor's listener with the address that it
// dialled, names asked of anybody are answered, its own servers stay its own, and everything else fails at once.

import assert from "node:assert/strict";
import { Socket as UdpSocket } from "node:dgram";
import { Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { captureMessages, NETLINK } from "../../src/confinement/netfilter.js";
import type { Op } from "../../src/plan/types.js";
import { BareSandbox } from "../support/bare-sandbox.js";
import { identities, ordinary } from "../support/identity.js";

const PORT = 15_001;
const DNS_PORT = 54;
const [TCP, UDP, TRANSPARENT] = [1, 2, 1];

function listen(id: string, type: number, address: string, port: number, flags = 0): Op {
  return { op: "listen", fields: [id, type, address, port, flags] };
}

function capture(transparent: boolean): readonly Op[] {
  const { route, netfilter } = captureMessages({ port: PORT, dnsPort: DNS_PORT, transparent });
  return [
    { op: "loopback", fields: [] },
    { op: "netlink", fields: [NETLINK.route, route] },
    ...(netfilter === undefined ? [] : [{ op: "netlink", fields: [NETLINK.netfilter, netfilter] }]),
  ];
}

const names = [
  listen("dns", UDP, "127.0.0.1", 53),
  listen("dns6", UDP, "::1", 53),
  listen("dns-other", UDP, "127.0.0.1", DNS_PORT),
  listen("dns-other6", UDP, "::1", DNS_PORT),
];

const transparent = [
  ...capture(true),
  listen("capture", TCP, "0.0.0.0", PORT, TRANSPARENT),
  listen("capture6", TCP, "::", PORT, TRANSPARENT),
  ...names,
];

const one = captureMessages({ port: PORT, transparent: true }).netfilter ?? new Uint8Array();
const oneNameListener = [
  { op: "loopback", fields: [] },
  { op: "netlink", fields: [NETLINK.route, captureMessages({ port: PORT, transparent: true }).route] },
  { op: "netlink", fields: [NETLINK.netfilter, one] },
  listen("dns", UDP, "127.0.0.1", 53),
  listen("dns6", UDP, "::1", 53),
];

const named = [
  ...capture(false),
  ...[80, 443].flatMap((port) => [
    listen(`capture-${port}`, TCP, "0.0.0.0", port),
    listen(`capture6-${port}`, TCP, "::", port),
  ]),
];

/** Each connection is told where it meant to go; each datagram is sent back. */
function answerAll(handles: ReadonlyMap<string, unknown>): void {
  for (const handle of handles.values()) {
    if (handle instanceof Server) {
      handle.on("connection", (socket: Socket) => {
        socket.on("error", () => undefined);
        socket.end(`${socket.localAddress} ${socket.localPort}`);
      });
    } else if (handle instanceof UdpSocket) {
      handle.on("message", (message, from) => handle.send(message, from.port, from.address));
    }
  }
}

/** What the scripts inside share. Every question has a limit of its own: "late" is a failure. */
const INSIDE = `
const net = require("node:net"), dgram = require("node:dgram");
const LIMIT = 4000;
const tcp = (host, port) => new Promise((done) => {
  const socket = net.connect({ host, port });
  let said = "";
  const timer = setTimeout(() => { done("late"); socket.destroy(); }, LIMIT);
  const end = (what) => { clearTimeout(timer); done(what); };
  socket.on("data", (data) => (said += data)).on("end", () => end(said)).on("error", (error) => end(error.code));
});
const udp = (type, host, port) => new Promise((done) => {
  const socket = dgram.createSocket(type);
  const timer = setTimeout(() => end("late"), LIMIT);
  const end = (what) => { clearTimeout(timer); try { socket.close(); } catch {} done(what); };
  socket.on("error", (error) => end(error.code));
  socket.on("message", (message, from) => end(message + " " + from.address + " " + from.port));
  socket.connect(port, host, (error) => { if (error) end(error.code); else socket.send("ping"); });
});
const serve = (host, port) => new Promise((done, failed) => {
  const server = net.createServer((socket) => socket.on("error", () => 0).end("own"));
  server.on("error", failed).listen(port, host, () => done(server));
});
const main = (body) => body().then((result) => { console.log(JSON.stringify(result)); process.exit(0); },
  (error) => { console.error(error); process.exit(1); });
`;

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("a connection to any address and port arrives with its destination", async (t) => {
      const script = `${INSIDE} main(async () => [
        await tcp("198.18.0.5", 12345), await tcp("8.8.8.8", 443), await tcp("2001:db8::1", 443), await tcp("10.0.0.1", 53),
        await tcp("169.254.169.254", 80), await tcp("fd00::7", 1), await tcp("0.0.0.1", 9), await tcp("::ffff:9.9.9.9", 443)]);`;
      const sandbox = new BareSandbox(t, { identity, script, ops: transparent, ready: answerAll });
      assert.deepEqual(await sandbox.result(), [
        "198.18.0.5 12345",
        "8.8.8.8 443",
        "2001:db8::1 443",
        "10.0.0.1 53",
        "169.254.169.254 80",
        "fd00::7 1",
        "0.0.0.1 9",
        "9.9.9.9 443",
      ]);
    });

    test("a name server of any address answers, as the one that was asked", async (t) => {
      const script = `${INSIDE} main(async () => [
        await udp("udp4", "127.0.0.1", 53), await udp("udp6", "::1", 53), await udp("udp4", "8.8.8.8", 53),
        await udp("udp4", "1.1.1.1", 53), await udp("udp6", "2001:db8::53", 53), await udp("udp4", "127.0.0.53", 53)]);`;
      const sandbox = new BareSandbox(t, { identity, script, ops: transparent, ready: answerAll });
      assert.deepEqual(await sandbox.result(), [
        "ping 127.0.0.1 53",
        "ping ::1 53",
        "ping 8.8.8.8 53",
        "ping 1.1.1.1 53",
        "ping 2001:db8::53 53",
        "ping 127.0.0.53 53",
      ]);
    });

    test("one name listener a family is enough", async (t) => {
      const script = `${INSIDE} main(async () => [await udp("udp4", "127.0.0.1", 53), await udp("udp4", "8.8.8.8", 53),
        await udp("udp6", "::1", 53), await udp("udp6", "2001:db8::53", 53)]);`;
      const sandbox = new BareSandbox(t, { identity, script, ops: oneNameListener, ready: answerAll });
      assert.deepEqual(await sandbox.result(), [
        "ping 127.0.0.1 53",
        "ping 8.8.8.8 53",
        "ping ::1 53",
        "ping 2001:db8::53 53",
      ]);
    });

    test("its own servers are reached directly, on every address of the loopback", async (t) => {
      const script = `${INSIDE} main(async () => {
        await serve("127.0.0.1", 3000); await serve("::1", 3000); await serve("0.0.0.0", 4000); await serve("127.64.3.2", 5000);
        return [await tcp("127.0.0.1", 3000), await tcp("::1", 3000), await tcp("127.64.1.9", 4000),
          await tcp("127.64.3.2", 5000), await tcp("0.0.0.0", 4000), await tcp("127.0.0.1", 3001), await tcp("127.64.3.2", 3001)];
      });`;
      const sandbox = new BareSandbox(t, { identity, script, ops: transparent, ready: answerAll });
      const refused = ["ECONNREFUSED", "ECONNREFUSED"];
      assert.deepEqual(await sandbox.result(), ["own", "own", "own", "own", "own", ...refused]);
    });

    test("a server on every address takes no connection away from the listener", async (t) => {
      const script = `${INSIDE} main(async () => {
        await serve("0.0.0.0", 4430); await serve("::", 4431);
        return [await tcp("8.8.8.8", 4430), await tcp("2001:db8::1", 4431)];
      });`;
      const sandbox = new BareSandbox(t, { identity, script, ops: transparent, ready: answerAll });
      assert.deepEqual(await sandbox.result(), ["8.8.8.8 4430", "2001:db8::1 4431"]);
    });

    test("a datagram to anybody else is refused at once", async (t) => {
      const script = `${INSIDE} main(async () => [await udp("udp4", "8.8.8.8", 443), await udp("udp6", "2001:db8::1", 123),
        await udp("udp4", "10.1.2.3", 5353)]);`;
      const sandbox = new BareSandbox(t, { identity, script, ops: transparent, ready: answerAll });
      assert.deepEqual(await sandbox.result(), ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
    });

    test("without netfilter, the ports that have a listener are caught and others are refused at once", async (t) => {
      const script = `${INSIDE} main(async () => { await serve("127.0.0.1", 3000); return [
        await tcp("8.8.8.8", 443), await tcp("2001:db8::1", 80), await tcp("198.18.0.5", 80), await tcp("127.64.0.7", 443),
        await tcp("8.8.8.8", 22), await tcp("2001:db8::1", 22), await tcp("127.0.0.1", 3000), await udp("udp4", "8.8.8.8", 53)]; });`;
      const sandbox = new BareSandbox(t, { identity, script, ops: named, ready: answerAll });
      const refused = "ECONNREFUSED";
      assert.deepEqual(await sandbox.result(), [
        "8.8.8.8 443",
        "2001:db8::1 80",
        "198.18.0.5 80",
        "127.64.0.7 443",
        refused,
        refused,
        "own",
        refused,
      ]);
    });
  });
}

test("two thousand connections at once, and ten thousand names after one another", async (t) => {
  const script = `${INSIDE} main(async () => {
    const open = [];
    for (let i = 0; i < 2000; i++) open.push(new Promise((done) => {
      const socket = net.connect(443, "198.18." + (i >> 8) + "." + (i & 255));
      socket.on("error", (error) => done(error.code)).once("data", (data) => done(String(data)));
    }));
    const said = await Promise.all(open);
    const wrong = said.filter((text, i) => text !== "198.18." + (i >> 8) + "." + (i & 255) + " 443");
    const asked = dgram.createSocket("udp4");
    let names = 0;
    const answered = new Promise((done) => {
      const timer = setTimeout(done, 10000);
      asked.on("message", () => { if (++names === 10000) { clearTimeout(timer); done(); } else asked.send("x", 53, "9.9." + (names >> 8 & 255) + "." + (names & 255)); });
    });
    asked.send("x", 53, "9.9.9.9");
    await answered;
    return { wrong: wrong.slice(0, 3), names };
  });`;
  const ready = (handles: ReadonlyMap<string, unknown>): void => {
    answerAll(new Map([...handles].filter(([, handle]) => handle instanceof UdpSocket)));
    for (const handle of handles.values()) {
      if (!(handle instanceof Server)) continue;
      // Held open, so that all are there at once.
      handle.on("connection", (socket: Socket) => {
        socket.on("error", () => undefined).write(`${socket.localAddress} ${socket.localPort}`);
      });
    }
  };
  const sandbox = new BareSandbox(t, { identity: ordinary, script, ops: transparent, ready });
  assert.deepEqual(await sandbox.result(), { wrong: [], names: 10_000 });
});
