// Processes of the host are out of reach, floods are bounded, and what the user's processes left in shared places isn't seen.

import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { exec, start } from "../support/exec.js";
import { type Identity, identities, ordinary, superuser } from "../support/identity.js";
import { familyOf, survivors } from "../support/processes.js";
import { type Cleanup, makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const PROCESSES = compile({ after }, "processes");
const LEFTOVERS = compile({ after }, "leftovers", ["-lrt"]);

interface Victim {
  readonly pid: number;
  readonly address: string;
  readonly alive: () => boolean;
}

async function startVictim(cleanup: Cleanup, identity: Identity, secret: string): Promise<Victim> {
  const running = start([PROCESSES, "victim", secret], { identity });
  cleanup.after(async () => {
    running.child.kill("SIGKILL");
    await running.done;
  });
  const [, pid = "", address = ""] = await until(
    "the victim is ready",
    () => running.output().match(/ready (\d+) (\S+)\n/) ?? undefined,
  );
  const family = familyOf(Number(pid));
  return { pid: Number(pid), address, alive: () => survivors(family).length === 1 };
}

for (const identity of identities) {
  describe(`processes, as ${identity.name}`, () => {
    test("reading, tracing, signalling and changing a process of the host", async (t) => {
      const stage = makeStage(t, identity);
      const open = await startVictim(t, identity, stage.secret);
      const outside = await stage.outside([PROCESSES, "attack", String(open.pid), open.address]);
      for (const way of ["process_vm_readv", "proc-mem"])
        assert.match(outside.stdout, new RegExp(`${way} got .${stage.secret.slice(1)}`));
      for (const way of [
        "process_vm_writev",
        "ptrace-seize",
        "pidfd_open",
        "kill-0",
        "setpriority",
        "prlimit",
        "tgkill",
        "kill",
      ]) {
        assert.match(outside.stdout, new RegExp(`^${way} ok$`, "m"));
      }
      await until("the victim outside is dead", () => !open.alive());

      const victim = await startVictim(t, identity, stage.secret);
      const inside = await stage.inside([bring(stage, PROCESSES), "attack", String(victim.pid), victim.address]);
      assert.doesNotMatch(inside.stdout, / ok$| got /m);
      assert.match(inside.stdout, /^kill errno/m, inside.stderr);
      assert.ok(victim.alive());
    });

    test("signals to everybody reach only the sandbox", async (t) => {
      const stage = makeStage(t, identity);
      const victim = await startVictim(t, identity, stage.secret);
      const result = await stage.inside([
        "bash",
        "-c",
        "trap '' TERM; kill -TERM -1; kill -KILL 1; kill -TERM 0; kill -9 -1; echo unreachable",
      ]);
      assert.ok(result.code === 137 || result.code === 0, `${result.code} ${result.stderr}`);
      assert.ok(victim.alive());
    });

    test("a fork bomb is bounded", async (t) => {
      const stage = makeStage(t, identity);
      // SECURITY of this machine: whatever happens, the user can't have more processes than this.
      const guard = ["prlimit", "--nproc=2000", "--"];
      const outside = await stage.outside([...guard, PROCESSES, "fork-bomb", "400"]);
      assert.match(outside.stdout, /^made 400 /);
      const inside = await stage.inside([bring(stage, PROCESSES), "fork-bomb", "400"], {
        flags: ["--set", "limits.pids=50"],
      });
      const made = Number(/^made (\d+)/.exec(inside.stdout)?.[1] ?? "400");
      assert.ok(made > 5 && made <= 50, inside.stdout + inside.stderr);
    });

    test("System V memory and message queues of the user", async (t) => {
      const stage = makeStage(t, identity);
      const made = await stage.outside([LEFTOVERS, "shm-make", stage.secret]);
      const [key = "", id = ""] = made.stdout.trim().split(" ");
      t.after(() => exec(["ipcrm", "-m", id]).then(() => undefined));
      assert.match((await stage.outside([LEFTOVERS, "shm-read", key, id])).stdout, new RegExp(`got ${stage.secret}`));
      const program = bring(stage, LEFTOVERS);
      const inside = await stage.inside([program, "shm-read", key, id]);
      assert.match(inside.stdout, /errno/, inside.stderr);
      assert.doesNotMatch(inside.stdout, /got/);
      assert.equal((await stage.inside(["cat", "/proc/sysvipc/shm"])).stdout.includes(id), false);
    });

    test("keys in the user's keyring", async (t) => {
      const stage = makeStage(t, identity);
      const made = await stage.outside([LEFTOVERS, "key-make", stage.secret]);
      const id = made.stdout.trim();
      assert.match(id, /^\d+$/, made.stdout);
      assert.match((await stage.outside([LEFTOVERS, "key-read", id])).stdout, new RegExp(stage.secret));
      const inside = await stage.inside([bring(stage, LEFTOVERS), "key-read", id]);
      assert.match(inside.stdout, /errno/, inside.stderr);
    });
  });
}

describe("set-uid programs", { skip: superuser === undefined ? "only root can make one" : false }, () => {
  test("a set-uid root program in the workspace gives nothing inside", async (t) => {
    const stage = makeStage(t, ordinary);
    const program = stage.path("workspace/suid");
    copyFileSync(LEFTOVERS, program);
    chownSync(program, 0, 0);
    chmodSync(program, 0o4755);
    const outside = await stage.outside([program, "whoami"]);
    assert.equal(outside.stdout, "uid 0 euid 0\n");
    const inside = await stage.inside([program, "whoami"]);
    assert.match(inside.stdout, new RegExp(`^uid ${ordinary.uid} euid ${ordinary.uid}\n$`), inside.stderr);
  });

  test("the system's own set-uid programs gain nothing", async (t) => {
    const stage = makeStage(t, ordinary);
    const script =
      "find /usr -xdev -perm -4000 -type f | head -20; su -c id 2>&1; passwd -S root 2>&1; mount 2>/dev/null >/dev/null; id -u; (newgrp root <<< id) 2>&1";
    const inside = await stage.inside(["bash", "-c", script]);
    assert.doesNotMatch(inside.stdout, /uid=0/);
    assert.match(inside.stdout, new RegExp(`^${ordinary.uid}$`, "m"));
  });

  test("a program made set-uid inside isn't so outside for anybody else", async (t) => {
    const stage = makeStage(t, ordinary);
    await stage.inside(["sh", "-c", "cp /bin/sh shell; chmod 4755 shell; chmod g+s shell"]);
    const owner = await exec(["stat", "-c", "%u", stage.path("workspace/shell")]);
    assert.notEqual(owner.stdout, "0\n");
  });
});
