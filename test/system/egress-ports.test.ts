// Services of the host inside, ports of the sandbox outside: every byte both ways, many at once, and no other port by it: T34.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { collect, denials, openLane, printed } from "../support/egress/lane.js";
import { identities, ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const SIZE = 5_000_000;
const DATA = randomBytes(SIZE);
const ECHO = `require("net").createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(PORT, "127.0.0.1", () => console.log("up"))`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

/** All that comes back for what is sent. */
async function echoed(port: number, host = "127.0.0.1"): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(DATA);
  await once(socket, "end");
  socket.destroy();
  return Buffer.concat(chunks);
}

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("a published port: 5 MB there and back, eight at once", { timeout: 60_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const port = await freePort();
      const lane = openLane(stage, { publish: [`${port}:3000`] });
      const running = lane.start(`exec node -e '${ECHO.replace("PORT", "3000")}'`);
      await printed(running, "up");
      const answers = await Promise.all(Array.from({ length: 8 }, () => echoed(port)));
      for (const answer of answers) assert.ok(answer.equals(DATA));
      running.child.kill("SIGTERM");
      await running.done;
      const told = lane.events().filter(({ via }) => via === "publish");
      assert.equal(told.length, 8);
      await assert.rejects(echoed(port));
    });

    test("a service of the host: 5 MB there and back, eight at once", { timeout: 60_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const service = await collect(t, (socket: Socket) => socket.pipe(socket));
      const other = await collect(t);
      const lane = openLane(stage, { forward: [`127.0.0.1:${service.port}`] });
      stage.write("workspace/data", DATA);
      const digest = createHash("sha256").update(DATA).digest("hex");
      const script = `const net = require("net"), crypto = require("crypto"), data = require("fs").readFileSync("data");
        for (let i = 0; i < 8; i++) { const hash = crypto.createHash("sha256");
          net.connect({ port: ${service.port}, host: "127.0.0.1", allowHalfOpen: true }).on("data", (chunk) => hash.update(chunk))
            .on("end", () => console.log(hash.digest("hex"))).end(data); }
        net.connect(${other.port}, "127.0.0.1").on("error", ({ code }) => console.log(code));`;
      const result = await lane.run(`exec node -e '${script}'`);
      assert.deepEqual(
        result.stdout.trim().split("\n").sort(),
        [...Array(8).fill(digest), "ECONNREFUSED"].sort(),
        result.stderr,
      );
      assert.deepEqual([service.count(), service.bytes(), other.count()], [8, 8 * SIZE, 0]);
    });
  });
}

test("a port that is taken refuses the run, in one line", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const taken = await collect(t);
  const lane = openLane(stage, { publish: [`${taken.port}:3000`] });
  const result = await lane.run("echo ran", { refused: true, flags: ["--quiet"] });
  assert.equal(result.code, 125);
  assert.equal(result.stdout, "");
  assert.match(
    result.stderr,
    new RegExp(`^cordon: [^\\n]*port ${taken.port} of the host can't be listened on[^\\n]*\\n$`),
  );
});

test("a service that is dead, and a program that doesn't listen, are told at once", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const [dead, port] = [await freePort(), await freePort()];
  const lane = openLane(stage, { forward: [`127.0.0.1:${dead}`], publish: [`${port}:3000`] });
  const running = lane.start(`
    SECONDS=0; cat </dev/tcp/127.0.0.1/${dead}; [ $SECONDS -lt 3 ] && echo soon; read -r line`);
  await printed(running, "soon");
  const began = performance.now();
  assert.equal((await echoed(port).catch(() => Buffer.alloc(0))).length, 0);
  assert.ok(performance.now() - began < 3_000);
  running.child.stdin?.end("\n");
  assert.equal((await running.done).code, 0);
  assert.deepEqual(denials(lane.events()), [`unreachable 127.0.0.1:${dead}`, `unreachable 127.0.0.1:${port}`]);
});
