// Sockets of host programs in granted folders: whoever may enter the folder could talk to the service. Inside, only sockets that the run
// made itself, or that the policy names, can be connected to; and programs that talk over sockets of their own go on doing so.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

interface HostService {
  readonly path: string;
  readonly visits: () => number;
}

/** As an agent for keys, a database or Docker would stand there. */
async function hostService(t: { after(undo: () => void): void }, path: string): Promise<HostService> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.on("error", () => undefined).end("host service");
  });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o777);
  t.after(() => void server.close());
  return { path, visits: () => visits };
}

const TALK = `import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
try:
    s.connect(sys.argv[1])
    print(s.recv(100).decode())
except OSError as error:
    print("errno", error.errno)
`;

function talk(path: string): readonly string[] {
  return ["python3", "-c", TALK, path];
}

async function python(stage: Stage, script: string): Promise<string> {
  const result = await stage.inside(["python3", "-c", script]);
  return result.code === 0 ? result.stdout.trim() : result.stdout + result.stderr;
}

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("a host program's socket in the workspace is reached outside and refused inside", async (t) => {
      const stage = makeStage(t, identity);
      const service = await hostService(t, stage.path("workspace", "service.sock"));
      assert.equal((await stage.outside(talk("service.sock"))).stdout, "host service\n");
      assert.equal(service.visits(), 1);
      for (const path of [
        "service.sock",
        "./service.sock",
        service.path,
        `${stage.workspace}/../workspace/service.sock`,
      ]) {
        assert.equal((await stage.inside(talk(path))).stdout, "errno 13\n", path);
      }
      assert.equal(service.visits(), 1);
    });

    test("nor is one in a folder that can only be read", async (t) => {
      const stage = makeStage(t, identity);
      const service = await hostService(t, stage.path("workspace", "service.sock"));
      const result = await stage.inside(talk("service.sock"), { flags: ["--mode", "read"] });
      assert.equal(result.stdout, "errno 13\n", result.stderr);
      assert.equal(service.visits(), 0);
      const own = `import socket
s = socket.socket(socket.AF_UNIX); s.bind("/tmp/own.sock"); s.listen()
c = socket.socket(socket.AF_UNIX); c.connect("/tmp/own.sock")
print("own")
`;
      const ownResult = await stage.inside(["python3", "-c", own], { flags: ["--mode", "read"] });
      assert.equal(ownResult.stdout, "own\n", ownResult.stderr);
    });

    test("links, working folders, names of the descriptor and datagrams are no way around it", async (t) => {
      const stage = makeStage(t, identity);
      const service = await hostService(t, stage.path("workspace", "service.sock"));
      const script = `
import os, socket, ctypes, errno
here = os.getcwd()
os.symlink(here + "/service.sock", "/tmp/link")
os.symlink(here, "/tmp/folder")
def reach(path):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path); return "reached"
    except OSError as error:
        return error.errno
results = [reach("/tmp/link"), reach("/tmp/folder/service.sock")]
os.chdir("/tmp/folder")
results.append(reach("service.sock"))
fd = os.open(here + "/service.sock", os.O_PATH)
results.append(reach("/proc/self/fd/%d" % fd) != "reached")
results.append(reach("/proc/%d/cwd/service.sock" % os.getpid()) != "reached")
try:
    os.rename(here + "/service.sock", here + "/other.sock")
except OSError: pass
results.append([reach(here + "/service.sock") != "reached", reach(here + "/other.sock") != "reached"])
try:
    os.link(here + "/other.sock", "/tmp/hard")
except OSError: pass
results.append(reach("/tmp/hard") != "reached")
for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
    for make in (socket.socket, socket.socketpair):
        try:
            make(socket.AF_UNIX, kind); results.append("made")
        except OSError as error:
            results.append(error.errno)
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    a.sendto(b"x", here + "/other.sock")
except OSError: pass
results.append(b.recv(10) == b"x")
print(results)`;
      assert.equal(await python(stage, script), "[13, 13, 13, True, True, [True, True], True, 93, 93, 93, 93, True]");
      assert.equal(service.visits(), 0);
    });

    test("an address or a descriptor that is swapped while the guard looks reaches nothing", async (t) => {
      const stage = makeStage(t, identity);
      const service = await hostService(t, stage.path("workspace", "service.sock"));
      const program = bring(stage, compile(t, "connect"));
      const outside = await stage.outside([program, "outside.sock", "service.sock", "20000"]);
      assert.match(outside.stdout, /^own [1-9]\d* host [1-9]\d*$/m, outside.stdout + outside.stderr);
      const before = service.visits();
      const result = await stage.inside([program, "own.sock", "service.sock", "3000"]);
      assert.match(result.stdout, /^own [1-9]\d* host 0$/m, result.stdout + result.stderr);
      assert.equal(service.visits(), before);
    });

    test("a socket in a folder granted for reading is refused too", async (t) => {
      const stage = makeStage(t, identity);
      stage.makeDirectory("granted");
      const service = await hostService(t, stage.path("granted", "service.sock"));
      const flags = ["--read", stage.path("granted")];
      assert.equal((await stage.inside(talk(service.path), { flags })).stdout, "errno 13\n");
      assert.equal(service.visits(), 0);
    });

    test("a socket that the policy names is reached, also one in the workspace, and the one beside it isn't", async (t) => {
      const stage = makeStage(t, identity);
      stage.makeDirectory("services");
      stage.makeDirectory("workspace/run");
      const other = await hostService(t, stage.path("workspace", "run", "other.sock"));
      for (const path of [stage.path("services", "named.sock"), stage.path("workspace", "run", "named.sock")]) {
        const service = await hostService(t, path);
        const policy = stage.write(
          "named.yaml",
          `version: 1\nname: test\nnetwork:\n  sockets: [${JSON.stringify(service.path)}]\n`,
        );
        const result = await stage.inside(talk(service.path), { flags: ["-p", policy] });
        assert.equal(result.stdout, "host service\n", result.stderr);
        assert.equal((await stage.inside(talk(other.path), { flags: ["-p", policy] })).stdout, "errno 13\n");
      }
      assert.equal(other.visits(), 0);
    });

    test("servers and clients of the run's own go on: in the workspace, in /tmp, abstract, by Node and Python", async (t) => {
      const stage = makeStage(t, identity);
      const script = `
import multiprocessing, os, socket, threading, subprocess, sys
def serve(address):
    s = socket.socket(socket.AF_UNIX); s.bind(address); s.listen(1)
    def run():
        while True:
            c, _ = s.accept(); c.sendall(b"own"); c.close()
    threading.Thread(target=run, daemon=True).start()
def reach(address):
    s = socket.socket(socket.AF_UNIX); s.connect(address); return s.recv(10).decode()
os.mkdir("deep")
said = []
for address in ("own.sock", "deep/own.sock", "/tmp/own.sock", os.getcwd() + "/deep/abs.sock", "\\0abstract"):
    serve(address); said.append(reach(address))
os.rename("deep/own.sock", "moved.sock"); said.append(reach("moved.sock"))
os.unlink("own.sock"); serve("own.sock"); said.append(reach("own.sock"))
def double(x): return x * 2
with multiprocessing.Pool(2) as pool: said.append(str(pool.map(double, [1, 2])))
with multiprocessing.Manager() as manager:
    d = manager.dict(); d["a"] = 1; said.append(str(d["a"]))
node = """const net = require("net"); const server = net.createServer((s) => s.end("node")).listen("node.sock", () => {
  const c = net.connect("node.sock"); c.on("data", (d) => { process.stdout.write(d); server.close(); }); });"""
said.append(subprocess.run(["node", "-e", node], capture_output=True, text=True).stdout)
def code(address):
    s = socket.socket(socket.AF_UNIX)
    try: s.connect(address)
    except OSError as error: return error.errno
open("plain", "w").close()
said += [code("missing.sock"), code("plain"), code("x" * 107)]
print(said)`;
      assert.equal(
        await python(stage, script),
        "['own', 'own', 'own', 'own', 'own', 'own', 'own', '[2, 4]', '1', 'node', 2, 111, 2]",
      );
    });

    test("a connect that waits holds up nobody else, and ends as it would", async (t) => {
      const stage = makeStage(t, identity);
      const script = `
import os, socket, struct, threading, time
s = socket.socket(socket.AF_UNIX); s.bind("/tmp/full"); s.listen(0)
first = socket.socket(socket.AF_UNIX); first.connect("/tmp/full")
timed = socket.socket(socket.AF_UNIX); timed.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 200000))
start = time.monotonic()
try: timed.connect("/tmp/full")
except OSError as error: print(error.errno, 0.15 < time.monotonic() - start < 2)
quick = socket.socket(socket.AF_UNIX); quick.setblocking(False)
try: quick.connect("/tmp/full")
except OSError as error: print(error.errno)
done = []
def late():
    c = socket.socket(socket.AF_UNIX); c.connect("/tmp/full"); done.append(c)
threads = [threading.Thread(target=late) for _ in range(20)]
for t in threads: t.start()
start = time.monotonic()
for i in range(50): open("file%d" % i, "w").close()
print(time.monotonic() - start < 2, len(done))
got = [s.accept()[0] for _ in range(21)]
for t in threads: t.join(10)
print(len(done))`;
      assert.equal(await python(stage, script), "11 True\n11\nTrue 0\n20");
    });
  });
}
