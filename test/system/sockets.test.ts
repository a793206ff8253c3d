// No socket leads out: families, the host's loopback and abstract sockets, unix sockets by path: H11, H12, H15, H18, H28.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { exec } from "../support/exec.js";
import { identities, superuser } from "../support/identity.js";
import { type Cleanup, makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const PROGRAM = compile({ after }, "sockets");
const HARMLESS = new Set(["udplite"]);

interface Collector {
  readonly received: string[];
  readonly port: number;
}

async function listenTcp(
  cleanup: Cleanup,
  where: { readonly host: string; readonly port: number } | string,
): Promise<Collector> {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => received.push(data.toString("utf8")));
    socket.on("error", () => undefined);
  });
  if (typeof where === "string") server.listen(where);
  else server.listen(where);
  await once(server, "listening");
  cleanup.after(() => void server.close());
  const address = server.address();
  return { received, port: typeof address === "object" && address !== null ? address.port : 0 };
}

async function listenUdp(cleanup: Cleanup): Promise<Collector> {
  const received: string[] = [];
  const socket = createSocket("udp4", (data) => received.push(data.toString("utf8")));
  socket.bind(0, "0.0.0.0");
  await once(socket, "listening");
  cleanup.after(() => void socket.close());
  return { received, port: socket.address().port };
}

function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return ["127.0.0.1", "127.0.0.2", "0.0.0.0", ...all.filter((one) => one.family === "IPv4").map((one) => one.address)];
}

/** Outside the datagram or the bytes must really come in; they may take a moment. */
async function arrived(collector: Collector): Promise<boolean> {
  for (let look = 0; look < 100 && collector.received.length === 0; look++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  return collector.received.length > 0;
}

describe("sockets", () => {
  test("outside, with rights, the families that this kernel has open", {
    skip: superuser === undefined ? "only root can show it" : false,
  }, async () => {
    const result = await exec(["unshare", "--net", PROGRAM, "families"]);
    for (const name of ["packet", "raw-icmp", "netlink-audit", "netlink-netfilter", "netlink-uevent"])
      assert.match(result.stdout, new RegExp(`^${name} ok$`, "m"));
    const netlink = await exec(["unshare", "--net", PROGRAM, "netlink"]);
    for (const name of ["lo-down", "add-route"]) assert.match(netlink.stdout, new RegExp(`^${name} ok$`, "m"));
  });

  for (const identity of identities) {
    test(`as ${identity.name}: no family but unix, inet, inet6 and route`, async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside([bring(stage, PROGRAM), "families"]);
      const lines = result.stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" "));
      assert.ok(lines.length > 20, result.stdout + result.stderr);
      assert.deepEqual(
        lines.filter(([name = "", answer]) => answer === "ok" && !HARMLESS.has(name)),
        [],
      );
    });

    test(`as ${identity.name}: route netlink shows only lo and changes nothing`, async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside([bring(stage, PROGRAM), "netlink"]);
      assert.doesNotMatch(result.stdout, /^link (?!lo$)/m);
      assert.doesNotMatch(result.stdout, /^(lo-down|add-route) ok$/m);
      assert.match(result.stdout, /^route-socket/m, result.stderr);
    });

    test(`as ${identity.name}: TCP services of the host`, async (t) => {
      const stage = makeStage(t, identity);
      const collector = await listenTcp(t, { host: "0.0.0.0", port: 0 });
      const program = bring(stage, PROGRAM);
      for (const address of ownAddresses()) {
        await stage.outside([program, "tcp", address, String(collector.port)]);
        assert.ok(await arrived(collector), `outside, ${address} answers`);
        collector.received.length = 0;
        const inside = await stage.inside([program, "tcp", address, String(collector.port)]);
        assert.match(inside.stdout, /errno/, address + inside.stderr);
        assert.deepEqual(collector.received, []);
      }
    });

    test(`as ${identity.name}: UDP services of the host`, async (t) => {
      const stage = makeStage(t, identity);
      const collector = await listenUdp(t);
      const program = bring(stage, PROGRAM);
      for (const address of ownAddresses()) {
        await stage.outside([program, "udp", address, String(collector.port)]);
        assert.ok(await arrived(collector), `outside, ${address} gets it`);
        collector.received.length = 0;
        await stage.inside([program, "udp", address, String(collector.port)]);
        // A datagram that went through would come before this one.
        await stage.outside([program, "udp", address, String(collector.port)]);
        assert.ok(await arrived(collector));
        assert.equal(collector.received.length, 1);
        collector.received.length = 0;
      }
    });

    test(`as ${identity.name}: abstract unix sockets`, async (t) => {
      const stage = makeStage(t, identity);
      const name = `cordon-${stage.secret}`;
      const collector = await listenTcp(t, `\0${name}`);
      const program = bring(stage, PROGRAM);
      await stage.outside([program, "abstract", name]);
      assert.ok(await arrived(collector), "outside it connects");
      collector.received.length = 0;
      const inside = await stage.inside([program, "abstract", name]);
      assert.match(inside.stdout, /errno/, inside.stderr);
      assert.deepEqual(collector.received, []);
    });

    test(`as ${identity.name}: unix sockets by path, beside the workspace`, async (t) => {
      const stage = makeStage(t, identity);
      const path = stage.path("service.sock");
      const collector = await listenTcp(t, path);
      chmodSync(path, 0o777);
      const program = bring(stage, PROGRAM);
      await stage.outside([program, "unix", path]);
      assert.ok(await arrived(collector), "outside it connects");
      collector.received.length = 0;
      for (const way of [path, `/proc/self/root${path}`, `/proc/1/root${path}`]) {
        assert.match((await stage.inside([program, "unix", way])).stdout, /errno/);
      }
      assert.deepEqual(collector.received, []);
    });

    test(`as ${identity.name}: a socket that the policy names works`, async (t) => {
      const stage = makeStage(t, identity);
      const path = stage.path("llm.sock");
      const collector = await listenTcp(t, path);
      chmodSync(path, 0o777);
      const result = await stage.inside([bring(stage, PROGRAM), "unix", path], {
        flags: ["--set", `network.sockets=["${path}"]`, "--events", "-"],
      });
      assert.equal(result.stdout, "unix ok\n", result.stderr);
      assert.ok(await arrived(collector));
      assert.match(result.stderr, /"type":"network.allowed".*"rule":"network.sockets.0","via":"socket"/);
    });

    test(`as ${identity.name}: over a named socket bytes cross, descriptors and credentials of the other side don't`, async (t) => {
      const stage = makeStage(t, identity);
      const path = stage.path("agent.sock");
      const server = createServer((socket) => void socket.pipe(socket));
      server.listen(path);
      await once(server, "listening");
      t.after(() => void server.close());
      chmodSync(path, 0o777);
      const script = [
        "import os, socket, struct, sys",
        "s = socket.socket(socket.AF_UNIX)",
        `s.connect(${JSON.stringify(path)})`,
        "f = os.open('/dev/null', os.O_RDONLY)",
        "socket.send_fds(s, [b'x'], [f])",
        "data, fds, flags, _ = socket.recv_fds(s, 16, 4)",
        "pid = struct.unpack('3i', s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]",
        "print(data.decode(), len(fds), pid)",
      ];
      const flags = ["--set", `network.sockets=["${path}"]`];
      const result = await stage.inside(["python3", "-c", script.join("\n")], { flags });
      assert.equal(result.stdout, "x 0 0\n", result.stderr);
      // Other runs of the suite may just be starting theirs.
      await until(
        "no folder of sockets is left",
        () => !readdirSync("/tmp").some((name) => name.startsWith("cordon-sockets-")),
      );
    });

    test(`as ${identity.name}: the session's own sockets aren't there`, async (t) => {
      const stage = makeStage(t, identity);
      const places = [
        "/run/dbus",
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/systemd",
        "/tmp/.X11-unix",
        "/run/WSL",
        "/run/snapd.socket",
      ];
      const result = await stage.inside([
        "sh",
        "-c",
        `ls -d ${places.join(" ")} 2>/dev/null; find / -type s 2>/dev/null; find /run/user -mindepth 2; echo end`,
      ]);
      assert.equal(result.stdout, "end\n");
    });

    test(`as ${identity.name}: no name is resolved and nothing answers`, async (t) => {
      const stage = makeStage(t, identity);
      const script =
        "getent hosts example.com; getent ahosts github.com; (exec 3<>/dev/tcp/1.1.1.1/443) 2>&1; echo end";
      const result = await stage.inside(["bash", "-c", script]);
      assert.match(result.stdout, /end\n$/);
      assert.doesNotMatch(result.stdout, /^\d+\./m);
    });
  }
});
