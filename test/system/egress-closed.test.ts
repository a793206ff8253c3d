// Without a rule nothing is reached, with the proxy variables or without them, and without the supervisor nothing at all: T12, T31.
import assert from "node:assert/strict";
import { hostname, networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { answerHttp, collect, denials, NO_PROXY, openLane, printed } from "../support/egress/lane.js";
import { identities, ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [
    "127.0.0.1",
    "localhost",
    hostname(),
    ...all.flatMap(({ family, address }) => (family === "IPv4" ? address : [])),
  ];
}

/** Every way that curl has. */
function curls(url: string): string {
  const ways = ["--noproxy '*'", "--noproxy '' -x http://127.0.0.1:3128", "--noproxy '' -p -x http://127.0.0.1:3128"];
  const socks = ["--noproxy '' --socks5-hostname 127.0.0.1:1080", "--noproxy '' --socks5 127.0.0.1:1080"];
  return [...ways, ...socks].map((way) => `curl -sS --max-time 5 ${way} ${url}`).join("; ");
}

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("an empty allow list reaches nothing", { timeout: 120_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const collector = await collect(t, answerHttp, "0.0.0.0");
      for (const network of [
        { allow: [] },
        { mode: "allowlist", allow: [] },
        { mode: "allowlist", allow: ["x.test"] },
      ]) {
        const lane = openLane(stage, network);
        const urls = ownAddresses().map((address) => `http://${address}:${collector.port}/`);
        const before = collector.count();
        const outside = await stage.outside(["bash", "-c", urls.map((url) => `curl -sS ${url}`).join("; ")]);
        assert.equal(outside.stdout, "reached".repeat(urls.length), outside.stderr);
        assert.equal(collector.count(), before + urls.length);
        const inside = await lane.run([...urls, "http://other.test/", "https://other.test/"].map(curls).join("; "));
        assert.doesNotMatch(inside.stdout, /reached/);
        assert.equal(collector.count(), before + urls.length);
      }
    });
  });
}

test("without the proxy variables the same is reached, and no more", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const collector = await collect(t, answerHttp);
  const connect = `127.0.0.1:${collector.port}`;
  const rule = { host: "a.test", ports: [80, 8080], connect };
  const lane = openLane(stage, { allow: [rule] });
  const urls = ["http://a.test/", "http://a.test:8080/", "http://a.test:8081/", "http://b.test/", "http://b.a.test/"];
  const more = [`http://127.0.0.1:${collector.port}/`, "http://10.0.0.1/", "http://[fd00::1]/", "http://1.1.1.1/"];
  const tries = [...urls, ...more]
    .map((url) => `curl -sS --max-time 5 ${url} | grep -o '^reached' || echo no`)
    .join("; ");
  const expected = ["reached", "reached", "no", "no", "no", "no", "no", "no", "no", ""].join("\n");
  assert.equal((await lane.run(tries)).stdout, expected);
  assert.equal((await lane.run(NO_PROXY + tries)).stdout, expected);
  assert.equal(collector.count(), 4);
  const denied = denials(lane.events());
  for (const each of ["no-rule 1.1.1.1:80", "no-rule 10.0.0.1:80", "no-rule fd00::1:80"])
    assert.ok(denied.includes(each), each);
});

test("killing the supervisor closes the network at once", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const ended = { count: 0 };
  const collector = await collect(t, (socket) => {
    socket.write("hello\n");
    const end = (): void => {
      ended.count += 1;
      socket.off("end", end).off("close", end);
    };
    socket.on("end", end).on("close", end);
  });
  const lane = openLane(stage, {
    allow: [{ host: "raw.test", ports: [7000], connect: `127.0.0.1:${collector.port}` }],
  });
  const running = lane.start(`
    exec 3<>/dev/tcp/raw.test/7000; read -r line <&3; echo "open $line"
    (while :; do (exec 4<>/dev/tcp/raw.test/7000) 2>/dev/null; done) &
    while :; do echo more >&3; sleep 0.05; done`);
  await printed(running, "open hello");
  await until("new connections", () => collector.count() > 3);
  running.child.kill("SIGKILL");
  await running.done;
  const killed = performance.now();
  await until("every connection is closed", () => ended.count === collector.count(), 2_000);
  assert.ok(performance.now() - killed < 2_000);
  const { count, bytes } = { count: collector.count(), bytes: collector.bytes() };
  // What should not come can only be waited for.
  await pause(500);
  assert.deepEqual([collector.count(), collector.bytes()], [count, bytes]);
});
