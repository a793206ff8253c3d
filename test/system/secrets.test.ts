// What the user has and the policy doesn't name can't be read: the home folder, the workspace's siblings, other processes,
// the caller's environment and descriptors. Every secret is first read outside by the same command.

import assert from "node:assert/strict";
import { chownSync, closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { start } from "../support/exec.js";
import { type Identity, identities } from "../support/identity.js";
import { commandLine } from "../support/processes.js";
import { type Cleanup, makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

/** A file with a secret in the real home folder; removed afterwards. */
function plantAtHome(cleanup: Cleanup, identity: Identity, secret: string): string {
  const path = join(identity.home, `.cordon-canary-${secret.slice(-8)}`);
  cleanup.after(() => rmSync(path, { force: true }));
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  chownSync(path, identity.uid, identity.gid);
  return path;
}

/** A sleeping process of the same user with the secret in its environment and command line. */
function startBystander(cleanup: Cleanup, identity: Identity, secret: string, cwd: string): number {
  const running = start(["tail", "-f", "/dev/null", `missing-${secret}`], {
    identity,
    env: { BYSTANDER: secret },
    cwd,
  });
  cleanup.after(async () => {
    running.child.kill("SIGKILL");
    await running.done;
  });
  return running.pid;
}

for (const identity of identities) {
  describe(`secrets, as ${identity.name}`, () => {
    test("a file in the real home folder", async (t) => {
      const stage = makeStage(t, identity);
      const path = plantAtHome(t, identity, stage.secret);
      const look = `cat ${path}; cat ~/${path.split("/").at(-1)}; cat /proc/self/root${path}`;
      assert.ok((await stage.outside(["sh", "-c", look])).stdout.includes(stage.secret));
      // The homes of this machine may be large; those inside aren't.
      const inside = await stage.inside(["sh", "-c", `${look}; grep -rs ${stage.secret} ~ /home /root`]);
      assert.ok(!inside.stdout.includes(stage.secret) && !inside.stderr.includes(stage.secret));
    });

    test("siblings of the workspace", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("sibling/file", stage.secret);
      const look = [
        "sh",
        "-c",
        "cat ../sibling/file; cat $PWD/../sibling/file; ls ..; cat /proc/self/cwd/../sibling/file",
      ];
      assert.ok((await stage.outside(look)).stdout.includes(stage.secret));
      const inside = await stage.inside(look);
      assert.ok(!inside.stdout.includes(stage.secret));
      assert.ok(!inside.stdout.includes("sibling"), `the sibling's name is listed: ${inside.stdout}`);
    });

    test("a symbolic link out of the workspace leads nowhere", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("sibling/file", stage.secret);
      const look = ["sh", "-c", "ln -s ../sibling/file link; cat link; ln -s / root; cat root$PWD/../sibling/file"];
      assert.ok((await stage.outside(look)).stdout.includes(stage.secret));
      const fresh = makeStage(t, identity);
      fresh.write("sibling/file", fresh.secret);
      assert.ok(!(await fresh.inside(look)).stdout.includes(fresh.secret));
    });

    test("other processes of the same user", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("sibling/file", stage.secret);
      const pid = startBystander(t, identity, stage.secret, stage.path("sibling"));
      await until("the bystander is there", () => commandLine(pid).startsWith("tail"));
      const script = `for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; tr '\\0' '\\n' < $p/cmdline; cat $p/cwd/file; cat $p/root${stage.root}/sibling/file; done 2>/dev/null; ls -d /proc/${pid}`;
      const look = ["sh", "-c", script];
      const outside = await stage.outside(look);
      assert.ok(outside.stdout.includes(stage.secret) && outside.stdout.includes(`/proc/${pid}`));
      // The command line of the attack itself must not hold the secret's text, and doesn't: only the stage's path.
      const inside = await stage.inside(look);
      assert.ok(!inside.stdout.includes(stage.secret), inside.stdout.slice(0, 2000));
    });

    test("nothing of the host shows in the first process", async (t) => {
      const stage = makeStage(t, identity);
      const parts = [
        "cat /proc/1/cmdline",
        "cat /proc/1/environ",
        "readlink /proc/1/exe",
        "ls /proc/1/fd/",
        "ls -l /proc/1/fd",
        "ls /proc/1/root/home",
      ];
      const script = [...parts, "readlink /proc/1/cwd /proc/1/root", "cat /proc/1/maps", "cat /proc/1/mountinfo"].join(
        "; ",
      );
      const result = await stage.inside(["sh", "-c", script], { env: { CALLER_SECRET: stage.secret } });
      assert.ok(!result.stdout.includes(stage.secret));
      assert.doesNotMatch(result.stdout, /cordon-init|policy\.yaml|dist\/|native\/out/);
    });

    test("the caller's environment", async (t) => {
      const stage = makeStage(t, identity);
      const look = ["sh", "-c", "env; for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; done 2>/dev/null"];
      const env = {
        CALLER_SECRET: stage.secret,
        SSH_AUTH_SOCK: `/tmp/${stage.secret}`,
        DBUS_SESSION_BUS_ADDRESS: stage.secret,
      };
      assert.ok((await stage.outside(look, { env })).stdout.includes(stage.secret));
      const inside = await stage.inside(look, { env });
      assert.equal(inside.code, 0, inside.stderr);
      assert.ok(inside.stdout.includes("PATH=") && !inside.stdout.includes(stage.secret));
    });

    test("descriptors that the caller left open", async (t) => {
      const stage = makeStage(t, identity);
      const file = openSync(stage.write("sibling/file", stage.secret), "r");
      const folder = openSync("/", "r");
      t.after(() => [file, folder].forEach(closeSync));
      const script = `cat <&3; for fd in /proc/self/fd/*; do cat $fd${stage.root}/sibling/file; done; ls /proc/self/fd/`;
      const options = { extraFds: [file, folder] };
      assert.ok((await stage.outside(["bash", "-c", `${script} 2>/dev/null`], options)).stdout.includes(stage.secret));
      const open = "for fd in /proc/$$/fd/*; do [ -e $fd ] && echo open $(basename $fd); done";
      const inside = await stage.inside(["bash", "-c", `${script} 2>/dev/null; ${open}`], options);
      assert.ok(!inside.stdout.includes(stage.secret));
      const descriptors = inside.stdout.split("\n").filter((line) => line.startsWith("open "));
      assert.deepEqual(descriptors, ["open 0", "open 1", "open 2"]);
    });

    test("the system's own secrets and switches", async (t) => {
      const stage = makeStage(t, identity);
      const readable = [
        "/proc/kcore",
        "/proc/keys",
        "/proc/kmsg",
        "/proc/kallsyms",
        "/proc/timer_list",
        "/etc/shadow",
        "/etc/ssh",
        "/var/log",
        "/var/lib",
      ];
      const script = readable
        .map(
          (path) => `head -c 200 ${path} 2>/dev/null | wc -c; ls -A ${path} 2>/dev/null | grep -v '^${path}$' | wc -l`,
        )
        .join(";");
      const result = await stage.inside(["sh", "-c", script]);
      const counts = result.stdout.trim().split("\n").map(Number);
      for (const [index, path] of readable.entries()) {
        assert.equal((counts[2 * index] ?? 1) + (counts[2 * index + 1] ?? 1), 0, `${path} can be read`);
      }
    });

    test("/proc/sys and /proc/sysrq-trigger can't be written", async (t) => {
      const stage = makeStage(t, identity);
      const written = [
        "/proc/sys/kernel/hostname",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/proc/1/oom_score_adj",
        "/sys/kernel/mm/transparent_hugepage/enabled",
      ];
      const script = written
        .map((path) => `if (echo h > ${path}) 2>/dev/null; then echo written ${path}; fi`)
        .join("; ");
      const result = await stage.inside(["sh", "-c", `${script}; echo end`]);
      assert.equal(result.stdout, "end\n");
    });

    test("devices are few and none can be made", async (t) => {
      const stage = makeStage(t, identity);
      const script =
        "for f in /dev/*; do [ -b $f ] || [ -c $f ] && echo $f; done; mknod sda b 8 0; mknod /tmp/null c 1 3; ls sda /tmp/null 2>/dev/null";
      const result = await stage.inside(["sh", "-c", script]);
      const devices = ["full", "null", "random", "tty", "urandom", "zero"].map((name) => `/dev/${name}`);
      assert.deepEqual(
        result.stdout
          .trim()
          .split("\n")
          .filter((line) => line !== "/dev/ptmx"),
        devices,
      );
    });
  });
}
