// Connections into the sandbox, for published ports: the supervisor asks by a control line and gets a connected socket.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { BareSandbox } from "../support/bare-sandbox.js";
import { identities, ordinary, superuser } from "../support/identity.js";

const OPS = [
  { op: "loopback", fields: [] },
  { op: "dial", fields: [] },
];

const INSIDE = `
const net = require("node:net");
const open = (host, port) => new Promise((done) => {
  const server = net.createServer((socket) => {
    socket.on("error", () => 0).on("data", (data) => {
      socket.end(String(data).toUpperCase());
      if (String(data) === "bye") setTimeout(() => { console.log("true"); process.exit(0); }, 50);
    });
  });
  server.listen(port, host, () => done());
});
Promise.all([open("127.0.0.1", 3000), open("::1", 3001), open("0.0.0.0", 3002)]).then(() => console.log("ready"));
`;

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let said = "";
  for await (const chunk of socket) said += String(chunk);
  return said;
}

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("a server inside is reached on either loopback address, and one that isn't there is refused", async (t) => {
      const sandbox = new BareSandbox(t, { identity, script: INSIDE, ops: OPS });
      await sandbox.printed("ready");
      for (const [id, port] of [
        [1, 3000],
        [2, 3001],
        [3, 3002],
      ]) {
        sandbox.send(`dial ${id} ${port}`);
        assert.equal(await say(await sandbox.socket(`dial:${id}`), "hello"), "HELLO");
      }
      sandbox.send("dial 2147483647 3003");
      assert.equal(await sandbox.line(/^dial-failed/), "dial-failed 2147483647 111");
      sandbox.send("dial 9 3000");
      assert.equal(await say(await sandbox.socket("dial:9"), "bye"), "BYE");
      assert.equal(await sandbox.result(), true);
    });

    test("no process of the sandbox holds the channel, and the dialer has no rights", {
      skip: superuser === undefined ? "only root can look into these processes" : false,
    }, async (t) => {
      const sandbox = new BareSandbox(t, { identity, script: INSIDE, ops: OPS });
      await sandbox.printed("ready");
      const first = await sandbox.first();
      const command = childrenOf(first)[0] ?? -1;
      const channel = readlinkSync(`/proc/${sandbox.pid}/fd/5`);
      for (const pid of [first, command]) {
        const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        assert.ok(!held.includes(channel), `${pid} holds ${channel}`);
      }
      const dialers = childrenOf(sandbox.pid).filter((pid) => pid !== first);
      assert.equal(dialers.length, 1);
      const status = readFileSync(`/proc/${dialers[0]}/status`, "utf8");
      assert.match(status, /CapPrm:\t0+\n/);
      assert.match(status, /CapBnd:\t0+\n/);
      assert.match(status, /NoNewPrivs:\t1\n/);
    });
  });
}

test("words that make no sense are passed over, and two thousand connections come through", async (t) => {
  const sandbox = new BareSandbox(t, { identity: ordinary, script: INSIDE, ops: OPS });
  await sandbox.printed("ready");
  for (const line of [
    "dial",
    "dial x 1",
    "dial 1",
    "dial 1 0",
    "dial 1 65536",
    "dial 1 80 7",
    "dial 4294967296 80",
    "dial -1 3000",
  ])
    sandbox.send(line);
  let said = 0;
  for (let round = 0; round < 20; round++) {
    const ids = Array.from({ length: 100 }, (_, index) => 10 + round * 100 + index);
    for (const id of ids) sandbox.send(`dial ${id} 3000`);
    const answers = await Promise.all(ids.map(async (id) => say(await sandbox.socket(`dial:${id}`), "x")));
    said += answers.filter((text) => text === "X").length;
  }
  assert.equal(said, 2000);
});

test("a server that never takes connections holds nobody up: at most 256 wait, for five seconds", async (t) => {
  // The queue of a stopped process fills, and the kernel drops what comes then.
  const script = `const net = require("node:net");
    const server = net.createServer(() => 0);
    server.listen({ host: "127.0.0.1", port: 3000, backlog: 1 }, () => {
      server._handle.onconnection = () => 0;
      console.log("ready"); setTimeout(() => { const until = Date.now() + 20000; while (Date.now() < until); }, 20); });`;
  const sandbox = new BareSandbox(t, { identity: ordinary, script, ops: OPS });
  await sandbox.printed("ready");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const start = performance.now();
  for (let id = 0; id < 300; id++) sandbox.send(`dial ${id} 3000`);
  const turnedAway = await sandbox.line(/^dial-failed \d+ 11$/);
  assert.ok(performance.now() - start < 2000, turnedAway);
  await sandbox.line(/^dial-failed \d+ 110$/);
  const took = performance.now() - start;
  assert.ok(took > 4000 && took < 8000, `${took} ms`);
});

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}
