// Every kind of socket towards the host, and floods of the supervisor: nothing arrives that no rule allows, the supervisor stays small, and
// what is allowed still works afterwards: T15, T27, T28.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer as createSecureServer } from "node:tls";
import { makeCertificates } from "../support/egress/certificates.js";
import { listen } from "../support/egress/origin.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const PYTHON = "/usr/bin/python3";
const HOST = "allowed.example";
const MAX_RESIDENT_KIB = 500 * 1024;
const cleanup = fileCleanup();

function program(stage: Stage, name: string): string {
  copyFileSync(join(ROOT, "test/system/egress", name), join(stage.workspace, name));
  stage.own(stage.workspace);
  return name;
}

test("no kind of socket leads to the host", { timeout: 90_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const [own] = Object.values(networkInterfaces()).flatMap(
    (all) => all?.filter(({ family, internal }) => family === "IPv4" && !internal) ?? [],
  );
  const host = own?.address ?? "127.0.0.1";
  const received: string[] = [];
  const server = createServer((socket) => {
    socket
      .on("error", () => undefined)
      .on("data", (data) => {
        received.push(data.toString("latin1"));
        socket.end("arrived");
      });
  });
  server.listen(0, "::");
  await once(server, "listening");
  t.after(() => void server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const { port } = address;
  const datagrams = createSocket("udp4", (message) => received.push(message.toString("latin1")));
  datagrams.bind(port);
  await once(datagrams, "listening");
  t.after(() => void datagrams.close());
  const argv = [PYTHON, program(stage, "ways-out.py"), host, `${port}`];
  const outside = await stage.outside(argv);
  assert.match(outside.stdout, /tried/, describeResult(outside));
  assert.ok(received.some((text) => text.startsWith("GET")) && received.some((text) => text.includes("datagram")));
  for (const network of [{ allow: [`${HOST}:80`] }, { mode: "open" }]) {
    received.length = 0;
    stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network }));
    const inside = await stage.inside(argv, { flags: ["--quiet"] });
    assert.match(inside.stdout, /tried/, describeResult(inside));
    assert.deepEqual(received, []);
  }
});

test("floods end by themselves and in little memory", { timeout: 120_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const certificates = makeCertificates(makeSharedFolder(cleanup), [HOST]);
  const answer = (socket: Socket): void => {
    socket.on("data", (chunk) => {
      if (chunk.includes("/fine")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    });
  };
  const plain = await listen(cleanup, createServer(answer));
  const secrets = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const secure = await listen(cleanup, createSecureServer({ ...secrets, ALPNProtocols: ["h2"] }));
  const allow = [
    { host: HOST, ports: [80], connect: `127.0.0.1:${plain}` },
    { host: HOST, ports: [443], connect: `127.0.0.1:${secure}`, inspect: true },
  ];
  const network = { allow, upstreamCa: [certificates.authority] };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network }));
  const run = stage.startInside([PYTHON, program(stage, "floods.py")], { flags: ["--quiet"], timeoutMs: 100_000 });
  let residentKib = 0;
  const watching = setInterval(() => {
    residentKib = Math.max(residentKib, peakOf(run.pid));
  }, 100);
  const result = await run.done.finally(() => clearInterval(watching));
  assert.equal(result.code, 0, describeResult(result));
  assert.match(result.stdout, /fine/);
  assert.equal(result.stderr, "");
  assert.ok(residentKib > 0 && residentKib < MAX_RESIDENT_KIB, `${residentKib} KiB`);
});

/** The most memory that a process had, or 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
