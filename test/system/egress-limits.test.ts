// Limits of the network hold to the last request and byte, counted by the server, and each that is met is told: T14, T33.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerHttp, collect, hits, openLane } from "../support/egress/lane.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const KILO = 1000;

test("requests of a run, and of one rule", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const [a, b] = [await collect(t, answerHttp), await collect(t, answerHttp)];
  const rules = [
    { host: "a.test", ports: [80], connect: `127.0.0.1:${a.port}`, rate: "3/h" },
    { host: "b.test", ports: [80], connect: `127.0.0.1:${b.port}` },
  ];
  const lane = openLane(stage, { allow: rules, limits: { requests: "8/h" } });
  const script = "for i in 1 2 3 4 5 6 7 8 9 10; do curl -s http://a.test/; curl -s http://b.test/; done";
  await lane.run(script);
  assert.deepEqual([a.count(), b.count()], [3, 5]);
  assert.deepEqual(hits(lane.events()), ["network.allow.0.rate", "network.limits.requests"]);
});

test("bytes that a run sends: all of the limit pass and not one more", { timeout: 60_000 }, async (t) => {
  for (const [size, complete] of [
    [100 * KILO, true],
    [100 * KILO + 1, false],
    [5_000 * KILO, false],
  ] as const) {
    const stage = makeStage(t, ordinary);
    let got = 0;
    const collector = await collect(t, (socket) =>
      socket.on("data", (chunk: Buffer) => {
        got += chunk.length;
        if (got === size) socket.write("all\n");
      }),
    );
    const rule = { host: "raw.test", ports: [7000], connect: `127.0.0.1:${collector.port}` };
    const lane = openLane(stage, { allow: [rule], limits: { upload: "100000" } });
    const { stdout } = await lane.run(
      `exec 3<>/dev/tcp/raw.test/7000; head -c ${size} /dev/zero >&3; read -r -t 5 line <&3; echo "$line"`,
    );
    assert.equal(stdout, complete ? "all\n" : "\n");
    assert.ok(collector.bytes() <= 100 * KILO, String(collector.bytes()));
    assert.equal(collector.bytes() === size, complete);
    assert.deepEqual(hits(lane.events()), complete ? [] : ["network.limits.upload"]);
  }
});

test("bytes that a run receives", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  for (const [size, complete] of [
    [100 * KILO, true],
    [100 * KILO + 1, false],
    [5_000 * KILO, false],
  ] as const) {
    const collector = await collect(t, (socket) => socket.end(Buffer.alloc(size, "x")));
    const rule = { host: "raw.test", ports: [7000], connect: `127.0.0.1:${collector.port}` };
    const lane = openLane(stage, { allow: [rule], limits: { download: "100000" } });
    const { stdout } = await lane.run("cat < /dev/tcp/raw.test/7000 | wc -c");
    assert.ok(Number(stdout) <= 100 * KILO, stdout);
    assert.equal(Number(stdout) === size, complete);
    assert.deepEqual(hits(lane.events().slice(-4)), complete ? [] : ["network.limits.download"]);
  }
});

test("bytes that one request of a rule may send", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const bodies: number[] = [];
  const collector = await collect(t, (socket) => {
    let text = "";
    const ended = (): void => void bodies.push(Math.max(0, text.length - text.indexOf("\r\n\r\n") - 4));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.length - text.indexOf("\r\n\r\n") - 4 >= 50_000)
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    });
    socket.once("close", ended);
  });
  const rule = { host: "a.test", ports: [80], connect: `127.0.0.1:${collector.port}`, maxUpload: "50000" };
  const lane = openLane(stage, { allow: [rule] });
  const put = (size: number, more = ""): string =>
    `head -c ${size} /dev/zero | curl -s -o /dev/null -w '%{http_code} ' ${more} --data-binary @- http://a.test/`;
  const chunked = "-H 'Transfer-Encoding: chunked' -H 'Content-Type: text/plain'";
  const { stdout } = await lane.run([put(50_000), put(50_001), put(500_000), put(50_001, chunked)].join("; "));
  assert.match(stdout, /^200 (?!200)\d+ (?!200)\d+ (?!200)\d+ $/);
  assert.ok(
    bodies.every((bytes) => bytes <= 50_100),
    bodies.join(),
  );
  assert.ok(hits(lane.events()).includes("network.allow.0.maxUpload"), JSON.stringify(lane.events()));
});

test("connections at one time, and again when they end", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const collector = await collect(t, (socket) => socket.once("end", () => socket.end()).write("hello\n"));
  const rule = { host: "raw.test", ports: [7000], connect: `127.0.0.1:${collector.port}` };
  const lane = openLane(stage, { allow: [rule], limits: { connections: 3 } });
  const open = (fd: number): string =>
    `exec ${fd}<>/dev/tcp/raw.test/7000; read -r -t 5 line <&${fd} && echo "${fd} $line"`;
  const result = await lane.run(`${[10, 11, 12, 13].map(open).join("; ")}; exec 10<&-; sleep 0.5; ${open(14)}; true`);
  assert.equal(result.stdout, "10 hello\n11 hello\n12 hello\n14 hello\n", result.stderr);
  await until("four", () => collector.count() === 4);
  assert.deepEqual(hits(lane.events()), ["network.limits.connections"]);
});
