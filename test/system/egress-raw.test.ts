// Ports of other protocols: the server may speak first or the client, SOCKS 5 carries both, SOCKS 4 is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, denials, NO_PROXY, openLane } from "../support/egress/lane.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

test("a server that speaks first, as SSH does", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, (socket) => {
    socket.write("SSH-2.0-server\r\n");
    socket.once("data", (chunk: Buffer) => socket.end(`you are ${chunk.toString()}`));
  });
  const lane = openLane(stage, { allow: [{ host: "git.test", ports: [22], connect: `127.0.0.1:${server.port}` }] });
  const talk = 'exec 3<>/dev/tcp/git.test/22; read -r -t 5 line <&3; echo "$line"; echo SSH-2.0-client >&3; cat <&3';
  assert.equal((await lane.run(talk)).stdout, "SSH-2.0-server\r\nyou are SSH-2.0-client\n");
});

test("a client that speaks first, and a server that answers", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, (socket) =>
    socket.on("data", (chunk: Buffer) => chunk.includes("PING\r\n") && socket.end("+PONG\r\n")),
  );
  const lane = openLane(stage, { allow: [{ host: "redis.test", ports: [6379], connect: `127.0.0.1:${server.port}` }] });
  const talk = (pause: string): string =>
    `exec 3<>/dev/tcp/redis.test/6379; ${pause} printf '*1\\r\\n$4\\r\\nPING\\r\\n' >&3; cat <&3;`;
  assert.equal((await lane.run(talk("") + talk("sleep 0.3;"))).stdout, "+PONG\r\n+PONG\r\n");
  assert.equal(server.text(), "*1\r\n$4\r\nPING\r\n".repeat(2));
});

test("what a program sent before it exited arrives, also when the run ends with it", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t);
  const lane = openLane(stage, { allow: [{ host: "sink.test", ports: [9999], connect: `127.0.0.1:${server.port}` }] });
  for (let run = 1; run <= 3; run++) {
    await lane.run("exec 3<>/dev/tcp/sink.test/9999; head -c 3000000 /dev/zero >&3");
    await until("all of it", () => server.bytes() === run * 3_000_000);
  }
});

test("TLS on another port must name the host, and no form of it passes for raw bytes", {
  timeout: 60_000,
}, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t);
  const lane = openLane(stage, { allow: [{ host: "raw.test", ports: [8443], connect: `127.0.0.1:${server.port}` }] });
  const quiet = "--max-time 3 -sk";
  await lane.run(`
    ${NO_PROXY}
    curl ${quiet} --connect-to evil.test:8443:raw.test:8443 https://evil.test:8443/
    for bytes in '\\x80\\x2e\\x01\\x03\\x01\\x00\\x15' '\\x14\\x03\\x03\\x00\\x01\\x01' '\\x16\\x09\\x01\\x00'; do
      exec 3<>/dev/tcp/raw.test/8443; printf "$bytes" >&3; read -r -t 3 line <&3; exec 3<&-
    done`);
  assert.equal(server.bytes(), 0, server.text());
  assert.deepEqual(denials(lane.events()), ["name-mismatch raw.test:8443", "malformed raw.test:8443"]);
});

test("SOCKS 5 by name and by address; SOCKS 4 is refused", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, (socket) => socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nreached")));
  const connect = `127.0.0.1:${server.port}`;
  const rules = [
    { host: "a.test", ports: [80, 8080], connect },
    { host: "192.0.2.7", ports: [80], connect },
  ];
  const lane = openLane(stage, { allow: rules });
  const curl = (way: string, url: string): string =>
    `curl -s --max-time 5 --noproxy '' --${way} 127.0.0.1:1080 ${url} || echo "no $?"; echo`;
  const result = await lane.run(
    [
      curl("socks5-hostname", "http://a.test/"),
      curl("socks5-hostname", "http://a.test:8080/"),
      curl("socks5-hostname", "http://192.0.2.7/"),
      curl("socks5-hostname", "http://b.test/"),
      curl("socks5-hostname", "http://192.0.2.8/"),
      curl("socks4a", "http://a.test/"),
      curl("socks4", "http://a.test/"),
    ].join("; "),
  );
  const lines = result.stdout.split("\n").filter(Boolean);
  assert.deepEqual(lines, ["reached", "reached", "reached", "no 97", "no 97", "no 97", "no 97"], result.stderr);
  assert.equal(server.text().match(/^GET /gm)?.length, 3);
});
