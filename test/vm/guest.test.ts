// The guest is what the tests of this folder need: another kernel than the developer's, control groups of version 2 that are delegated to
// the user, limits that bite, and a Cordon that works there for the user and for root.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { type Identity, identities, ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

interface Doctor {
  readonly native: { readonly works: boolean };
  readonly capabilities: readonly { readonly id: string; readonly works: boolean; readonly detail?: string }[];
  readonly facts: {
    readonly kernel: { readonly release: string };
    readonly landlock: { readonly abi: number };
    readonly cgroup: {
      readonly layout: string;
      readonly controllers: readonly string[];
      readonly delegated: boolean;
    };
  };
}

async function doctor(identity: Identity): Promise<Doctor> {
  const result = await exec(cordonArgv("doctor", "--json"), { identity, cwd: "/" });
  assert.equal(result.code, 0, describeResult(result));
  return JSON.parse(result.stdout);
}

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    test("doctor finds all that Cordon can use, and control groups that are the caller's", async () => {
      const { native, capabilities, facts } = await doctor(identity);
      assert.equal(native.works, true);
      assert.deepEqual(
        capabilities.filter(({ works }) => !works).map(({ id, detail }) => `${id}: ${detail}`),
        [],
      );
      assert.equal(facts.cgroup.layout, "v2");
      assert.equal(facts.cgroup.delegated, true);
      for (const name of ["cpu", "memory", "pids"]) assert.ok(facts.cgroup.controllers.includes(name), name);
    });

    test("the kernel is the guest's own, with the second version of Landlock", async () => {
      const { facts } = await doctor(identity);
      assert.match(facts.kernel.release, /^6\.1\./);
      assert.equal(facts.landlock.abi, 2);
    });

    for (const [what, script, code] of [
      ["the command's own", "exit 7", 7],
      ["128 and the signal's number", "kill -KILL $$", 137],
      ["127 when there is no such program", "exec no-such-program", 127],
      ["126 when a file is no program", "exec ./text", 126],
    ] as const) {
      test(`the exit status is ${what}`, async (t) => {
        const stage = makeStage(t, identity);
        stage.write("workspace/text", "text");
        const result = await stage.inside(["sh", "-c", script]);
        assert.equal(result.code, code, describeResult(result));
      });
    }
  });
}

/** A command as a service or scope of the user's own manager. */
function managed(options: readonly string[], argv: readonly string[]): readonly string[] {
  return ["systemd-run", "--user", "--quiet", "--collect", ...options, "--", ...argv];
}

test("the user's manager answers, and gives a scope the limits that are asked for", async () => {
  const script = 'cd "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)" && cat memory.max pids.max cpu.max';
  const limits = ["MemoryMax=64M", "TasksMax=9", "CPUQuota=50%"].flatMap((each) => ["-p", each]);
  const result = await exec(managed(["--scope", ...limits], ["sh", "-c", script]), { identity: ordinary });
  assert.equal(result.stdout, `${64 << 20}\n9\n50000 100000\n`, describeResult(result));
});

test("a limit on memory bites: without it the same command ends well", async () => {
  const hog = ["python3", "-c", "x = b'x' * (200 << 20)"];
  const free = await exec(managed(["--wait"], hog), { identity: ordinary });
  assert.equal(free.code, 0, describeResult(free));
  const limited = await exec(managed(["--scope", "-p", "MemoryMax=64M"], hog), { identity: ordinary });
  assert.equal(limited.signal ?? limited.code, "SIGKILL", describeResult(limited));
});

test("the user can divide the group that the tests give", async () => {
  const script = [
    'cd "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)"',
    "mkdir self limited && echo $$ > self/cgroup.procs",
    "echo +memory +pids +cpu > cgroup.subtree_control && echo 5 > limited/pids.max",
    "cat limited/pids.max",
  ].join(" && ");
  const result = await exec(["sh", "-c", script], { identity: ordinary });
  assert.equal(result.stdout, "5\n", describeResult(result));
});

test("there is no network but loopback", async () => {
  const result = await exec(["ls", "/sys/class/net"]);
  assert.equal(result.stdout, "lo\n");
});
