// The built-in profiles loaded into this machine's kernel: attacks are refused that work without the filter, and the
// toolchains that the profiles promise to run do run.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileSeccomp } from "../../src/confinement/seccomp/compile.js";
import { type Architecture, ERRNO } from "../../src/confinement/seccomp/constants.js";
import { withNesting } from "../../src/confinement/seccomp/guard.js";
import type { OciSeccomp } from "../../src/confinement/seccomp/oci.js";
import { defaultProfile } from "../../src/confinement/seccomp/profiles/default.js";
import { strictProfile } from "../../src/confinement/seccomp/profiles/strict.js";
import { syscallNumbers } from "../../src/confinement/seccomp/rules.js";

const RUNNER = fileURLToPath(new URL("../../../test/confinement/under-filter.py", import.meta.url));
const EBADF = 9;

type Call = readonly [name: string, ...args: (number | bigint)[]];

const arch: Architecture = process.arch === "arm64" ? "arm64" : "x64";
const folder = mkdtempSync(join(tmpdir(), "cordon-filter-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function filterFile(name: string, profile: OciSeccomp): string {
  const file = join(folder, name);
  writeFileSync(file, compileSeccomp({ profile, arch }).program);
  return file;
}

const filters = {
  none: "-",
  default: filterFile("default", defaultProfile),
  strict: filterFile("strict", strictProfile),
  nested: filterFile("nested", withNesting(defaultProfile)),
};

function runUnder(filter: keyof typeof filters, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync("python3", [RUNNER, filters[filter], ...args], { encoding: "utf8", cwd: folder, timeout: 60_000 });
}

/** Results of raw calls; a negative one is the errno. */
function results(filter: keyof typeof filters, calls: readonly Call[]): number[] {
  const numbers = calls.map(([name, ...args]) => [syscallNumbers(arch)[name] ?? Number(name), ...args.map(Number)]);
  const run = runUnder(filter, "calls", JSON.stringify(numbers));
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

const CLONE_NEWUSER = 0x10000000;
const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, alg: 38, vsock: 40 } as const;
const CLOEXEC = 0o2000000;

describe("under the default filter", () => {
  test("powers that work without it are refused", () => {
    // Harmless forms: each reaches the kernel's own check of its arguments.
    const calls: Call[] = [
      ["unshare", CLONE_NEWUSER],
      ["bpf", 99, 0, 0],
      ["perf_event_open", 0, 0, 0, 0, 0],
      ["userfaultfd", 0x1234567],
      ["keyctl", 999, 0, 0, 0, 0],
      ["fsopen", 0, 1],
      ["open_tree", -1, 0, 0x7fffffff],
    ];
    for (const result of results("none", calls)) assert.notEqual(result, -ERRNO.ENOSYS);
    assert.deepEqual(
      results("default", calls),
      calls.map(() => -ERRNO.EPERM),
    );
  });

  test("calls that programs can do without don't exist", () => {
    const calls: Call[] = [
      ["clone3", 0, 0],
      ["io_uring_setup", 0, 0],
      ["io_uring_enter", 0, 0],
      ["io_uring_register", 0, 0],
      ["1000"],
    ];
    assert.deepEqual(
      results("default", calls),
      calls.map(() => -ERRNO.ENOSYS),
    );
  });

  test("no new namespace comes from clone, though processes and threads do", () => {
    for (const bit of [0x20000, 0x2000000, 0x4000000, 0x8000000, CLONE_NEWUSER, 0x20000000, 0x40000000]) {
      assert.deepEqual(results("default", [["clone", bit | 17, 0, 0, 0, 0]]), [-ERRNO.EPERM], bit.toString(16));
    }
    assert.equal(
      runUnder(
        "default",
        "exec",
        "python3",
        "-c",
        "import os; os._exit(os.waitpid(os.fork() or os._exit(7), 0)[1] >> 8)",
      ).status,
      7,
    );
  });

  test("only unix, TCP, UDP and routing sockets can be made", () => {
    const allowed: Call[] = [
      ["socket", AF.unix, 1, 0],
      ["socket", AF.inet, 1 | CLOEXEC, 6],
      ["socket", AF.inet, 2, 17],
      ["socket", AF.netlink, 3, 0],
      ["socketpair", AF.unix, 1, 0, 0],
    ];
    for (const result of results("default", allowed)) assert.ok(result >= 0 || result === -14, String(result));
    const refused: [Call, number][] = [
      [["socket", AF.inet, 1, 262], ERRNO.EPROTONOSUPPORT],
      [["socket", AF.inet, 1, 132], ERRNO.EPROTONOSUPPORT],
      [["socket", AF.inet, 2, 1], ERRNO.EPROTONOSUPPORT],
      [["socket", AF.inet, 3, 255], ERRNO.EPERM],
      [["socket", AF.inet6, 3 | CLOEXEC, 58], ERRNO.EPERM],
      [["socket", AF.netlink, 3, 9], ERRNO.EPROTONOSUPPORT],
      [["socket", AF.packet, 3, 0], ERRNO.EAFNOSUPPORT],
      [["socket", AF.alg, 5, 0], ERRNO.EAFNOSUPPORT],
      [["socket", AF.vsock, 1, 0], ERRNO.EAFNOSUPPORT],
      // The kernel looks at 32 bits of the family, so the high ones don't help.
      [["socket", 0x100000000n + BigInt(AF.vsock), 1, 0], ERRNO.EAFNOSUPPORT],
      [["socketpair", AF.inet, 1, 0, 0], ERRNO.EAFNOSUPPORT],
    ];
    assert.deepEqual(
      results(
        "default",
        refused.map(([call]) => call),
      ),
      refused.map(([, errno]) => -errno),
    );
  });

  test("typing into the terminal is refused also with high bits in the command", () => {
    const ioctl = (command: number): Call => ["ioctl", -1, command, 0];
    const commands = [0x5412, 0x541c, 0x541d, 0x5423].flatMap((command) => [command, 0x1_0000_0000 + command]);
    assert.deepEqual(
      results("none", commands.map(ioctl)),
      commands.map(() => -EBADF),
    );
    assert.deepEqual(
      results("default", commands.map(ioctl)),
      commands.map(() => -ERRNO.EPERM),
    );
    assert.deepEqual(results("default", [0x5401, 0x5413, 0x5411, 0x80045430, 0].map(ioctl)), Array(5).fill(-EBADF));
  });

  test("the personality can be asked for but not made exotic", () => {
    assert.deepEqual(
      results("default", [
        ["personality", 0xffffffff],
        ["personality", 0x0400000],
      ]),
      [0, -ERRNO.ENOSYS],
    );
  });

  test("the 32-bit and x32 entries end the process", { skip: arch !== "x64" }, (t) => {
    assert.equal(runUnder("default", "calls", JSON.stringify([[0x40000027]])).signal, "SIGSYS");
    if (runUnder("none", "int80", "20").status !== 0) return t.skip("this kernel has no 32-bit entry");
    assert.equal(runUnder("default", "int80", "20").signal, "SIGSYS");
  });
});

test("under the strict filter other processes can't be looked into", () => {
  const calls: Call[] = [
    ["ptrace", 0, 0, 0, 0],
    ["process_vm_readv", 1, 0, 0, 0, 0, 0],
    ["personality", 0xffffffff],
  ];
  assert.equal(results("default", calls)[0], 0);
  assert.deepEqual(
    results("strict", calls),
    calls.map(() => -ERRNO.EPERM),
  );
  assert.deepEqual(results("strict", [["socket", AF.netlink, 3, 0]]), [-ERRNO.EAFNOSUPPORT]);
});

test("with nesting, calls for namespaces and mounts reach the kernel again, and nothing else does", () => {
  const calls: Call[] = [
    ["unshare", 0x3],
    ["setns", -1, 0],
    ["fsopen", 0, 1],
    ["clone3", 0, 0],
  ];
  assert.deepEqual(results("nested", calls), results("none", calls));
  assert.deepEqual(results("nested", [["userfaultfd", 0x1234567]]), [-ERRNO.EPERM]);
});

for (const filter of ["default", "strict"] as const) {
  describe(`under the ${filter} filter`, () => {
    const run = (...command: string[]): string => {
      const done = runUnder(filter, "exec", ...command);
      assert.equal(done.status, 0, `${command.join(" ")}: ${done.signal ?? done.status} ${done.stderr}`);
      return done.stdout.trim();
    };

    test("node runs, with files, child processes, workers, timers and a local server", () => {
      const script = `
        const { Worker } = require("node:worker_threads"), fs = require("node:fs/promises"), net = require("node:net");
        const { execFile } = require("node:child_process"), { promisify } = require("node:util"), { once } = require("node:events");
        (async () => {
          const dir = await fs.mkdtemp("node-"); await fs.writeFile(dir + "/a", "x"); await fs.cp(dir + "/a", dir + "/b");
          await promisify(execFile)("true"); await once(new Worker("0", { eval: true }), "exit");
          const server = net.createServer((c) => c.end("hi")).listen(0, "127.0.0.1"); await once(server, "listening");
          const [data] = await once(net.connect(server.address().port, "127.0.0.1"), "data"); server.close();
          console.log(String(data), (await fs.readFile(dir + "/b", "utf8")));
        })();`;
      assert.equal(run(process.execPath, "-e", script), "hi x");
    });

    test("python runs, with threads and child processes", () => {
      const script = [
        "import subprocess, threading, multiprocessing.pool, tempfile, os",
        "t = threading.Thread(target=lambda: None); t.start(); t.join()",
        "out = subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout",
        "tempfile.TemporaryFile().write(b'x'); print(out)",
      ].join("\n");
      assert.equal(run("python3", "-c", script), "hi");
    });

    test("git makes a repository and a commit", () => {
      const repository = join(folder, `repository-${filter}`);
      run("git", "init", "-q", repository);
      writeFileSync(join(repository, "file"), "text\n");
      const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", repository];
      run("git", ...identity, "add", "file");
      run("git", ...identity, "commit", "-q", "-m", "first");
      assert.equal(run("git", "-C", repository, "status", "--porcelain"), "");
    });

    test("gcc compiles a program that runs", () => {
      const source = join(folder, `${filter}.c`);
      writeFileSync(source, '#include <stdio.h>\nint main(void) { return puts("made") < 0; }\n');
      run("gcc", "-O2", "-pipe", "-o", join(folder, `made-${filter}`), source);
      assert.equal(run(join(folder, `made-${filter}`)), "made");
    });
  });
}
