// Many connections and much data leave nothing behind in the supervisor: descriptors and memory are looked at from outside.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { answerHttp, collect, NO_PROXY, openLane, printed } from "../support/egress/lane.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const SIZE = 200 * 1024 * 1024;
const MAX_GROWTH_KIB = 60 * 1024;

/** With bash's own numbering: a line from stdin lets it go on. */
const STEP = 'step() { echo "$1"; read -r line; };';

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

test("300 connections in a row and 100 at once leave no descriptor", { timeout: 120_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, answerHttp);
  const connect = `127.0.0.1:${server.port}`;
  const lane = openLane(stage, { allow: [{ host: "a.test", ports: [80, 7000], connect }] });
  const get = (port: number): string =>
    `exec 3<>/dev/tcp/a.test/${port}; printf 'GET / HTTP/1.1\\r\\nHost: a.test:${port}\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3 >/dev/null; exec 3<&-;`;
  const refused = "curl -s http://b.test/; curl -s --noproxy '*' http://192.0.2.1/; (exec 4<>/dev/tcp/a.test/7001);";
  const running = lane.start(`${STEP} ${NO_PROXY}
    ${get(80)} ${get(7000)} curl -s -x http://127.0.0.1:3128 http://a.test/; step ready
    for i in $(seq 150); do ${get(80)} ${get(7000)} done; ${refused} step row
    for i in $(seq 50); do (${get(80)}) & (${get(7000)}) & done; wait; step together`);
  await printed(running, "ready");
  await until("the first are closed", () => descriptors(running.pid) > 0);
  const before = descriptors(running.pid);
  for (const word of ["row", "together"]) {
    running.child.stdin?.write("\n");
    await until(word, () => running.output().includes(word), 60_000);
    await until(`no more than ${before} descriptors after ${word}`, () => descriptors(running.pid) <= before, 5_000);
  }
  running.child.stdin?.end("\n");
  assert.equal((await running.done).code, 0);
  assert.ok(server.count() >= 403, String(server.count()));
});

test("200 MB there and back through a tunnel are the same, in little memory", { timeout: 180_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const digests: string[] = [];
  const down = createHash("sha256").update(Buffer.alloc(SIZE, 7)).digest("hex");
  const up = await collect(t, (socket) => {
    const hash = createHash("sha256");
    socket
      .on("data", (chunk: Buffer) => hash.update(chunk))
      .once("end", () => {
        digests.push(hash.digest("hex"));
        socket.end();
      });
  });
  const chunk = Buffer.alloc(1024 * 1024, 7);
  const source = await collect(t, (socket) => {
    let left = SIZE;
    const more = (): void => {
      while (left > 0) {
        left -= chunk.length;
        if (!socket.write(chunk)) return void socket.once("drain", more);
      }
      socket.end();
    };
    more();
  });
  const rules = [
    { host: "up.test", ports: [7000], connect: `127.0.0.1:${up.port}` },
    { host: "down.test", ports: [7000], connect: `127.0.0.1:${source.port}` },
  ];
  // With a quota somebody has to count, and without one nobody does: two ways through the supervisor.
  for (const limits of [{}, { upload: "10G", download: "10G" }]) {
    const lane = openLane(stage, { allow: rules, limits });
    const running = lane.start(`${STEP} step ready
      cat </dev/tcp/down.test/7000 | sha256sum
      tr '\\0' '\\7' </dev/zero | head -c ${SIZE} >/dev/tcp/up.test/7000; step done`);
    await printed(running, "ready");
    const before = residentKib(running.pid);
    let most = before;
    running.child.stdin?.write("\n");
    await until(
      "both",
      () => {
        most = Math.max(most, residentKib(running.pid));
        return running.output().includes("done");
      },
      90_000,
    );
    // What is under way when the command ends would be lost.
    await until("the digest of what was sent", () => digests.length > 0);
    running.child.stdin?.end("\n");
    const { stdout } = await running.done;
    assert.match(stdout, new RegExp(`^ready\n${down}`));
    assert.equal(digests.pop(), down);
    assert.ok(most - before < MAX_GROWTH_KIB, `${before} to ${most} KiB`);
  }
});
