// Folders that are granted beside the workspace, a workspace under another path, a home that is kept, and namespaces of the command's own:
// what holds in the workspace by default holds there too (H1, H10, H39).

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, exec, type Result } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

/** Long enough for a run that comes about and one that meets the link, on most machines. */
const SWAP_MS = 12_000;

for (const identity of identities) {
  describe(`what is granted, as ${identity.name}`, () => {
    test("a folder beside the workspace can be written, one that isn't named can't", async (t) => {
      const stage = makeStage(t, identity);
      for (const name of ["named", "other"]) stage.makeDirectory(name);
      const script = `echo x > ${stage.path("named/file")}; mkdir ${stage.path("named/folder")}; echo x > ${stage.path("other/file")}; mv ${stage.path("named/file")} moved`;
      await stage.inside(["sh", "-c", script], { flags: ["--write", stage.path("named")] });
      assert.deepEqual(readdirSync(stage.path("other")), []);
      assert.deepEqual(readdirSync(stage.path("named")), ["folder"]);
      assert.ok(stage.exists("workspace/moved"));
    });

    test("the part of a granted folder that may only be read stays as it is", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("named/part/file", "as it was\n");
      const script = `cd ${stage.path("named")}; echo x > part/new; echo x >> part/file; mv part away; rm -rf part; ln part/file link && echo x >> link; ln -s part soft; echo x > soft/new; echo x > beside`;
      await stage.inside(["sh", "-c", script], {
        flags: ["--write", stage.path("named"), "--read", stage.path("named/part")],
      });
      assert.equal(readFileSync(stage.path("named/part/file"), "utf8"), "as it was\n");
      assert.deepEqual(readdirSync(stage.path("named/part")), ["file"]);
      assert.ok(stage.exists("named/beside"));
    });

    test("a workspace that is seen under another path keeps its protected names", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/.git/config", "");
      const script = `pwd; echo x > file; echo x > .envrc; mkdir -p sub/.git/hooks .git/hooks; echo x >> .git/config; mv .git x; cd ${stage.workspace} && echo seen`;
      const result = await stage.inside(["sh", "-c", script], { flags: ["--set", "workspace.mount=/work"] });
      assert.match(result.stdout, /^\/work\n/, result.stderr);
      assert.doesNotMatch(result.stdout, /seen/);
      for (const path of [".envrc", "sub/.git/hooks", ".git/hooks"])
        assert.ok(!stage.exists(`workspace/${path}`), path);
      assert.equal(readFileSync(stage.path("workspace/.git/config"), "utf8"), "");
      assert.ok(stage.exists("workspace/file"));
    });

    test("links that a run leaves in a kept home lead the next run's mounts nowhere", async (t) => {
      const stage = makeStage(t, identity);
      const victim = stage.makeDirectory("victim");
      const folder = mkdtempSync(join(identity.home, "cordon-test-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const name = basename(folder);
      await exec([
        "sh",
        "-c",
        `mkdir ${folder}/sub; echo shown > ${folder}/sub/file; chown -R ${identity.uid}:${identity.gid} ${folder}; chmod 755 ${folder}`,
      ]);
      const run = (flags: readonly string[], script: string): Promise<Result> => {
        const kept = ["--set", "filesystem.home=persistent", ...flags];
        const argv = cordonArgv(
          "run",
          "-p",
          stage.path("policy.yaml"),
          "-w",
          stage.workspace,
          ...kept,
          "--",
          "sh",
          "-c",
          script,
        );
        const env = { XDG_DATA_HOME: stage.makeDirectory("share"), XDG_STATE_HOME: stage.makeDirectory("state") };
        return exec(argv, { identity, cwd: stage.workspace, env });
      };
      const planted = await run([], `ln -s ${victim} ~/${name}; ls -la ~`);
      assert.match(planted.stdout, new RegExp(`${name} -> `), planted.stderr);
      // What a launcher would do that follows them.
      await stage.outside(["sh", "-c", `ln -s ${victim} ${stage.path("link")}; mkdir -p ${stage.path("link/sub")}`]);
      assert.deepEqual(readdirSync(victim), ["sub"]);
      await exec(["rmdir", join(victim, "sub")]);

      const result = await run(["--read", join(folder, "sub")], `cat ${folder}/sub/file; echo x > ~/${name}/planted`);
      assert.deepEqual(readdirSync(victim), [], result.stderr);
      assert.ok(result.code === 125 || result.stdout.startsWith("shown"), result.stderr);
    });

    test("a granted folder that is swapped for a link while the sandbox is being built doesn't show what the link leads to", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("data/file", "innocent\n");
      const secret = stage.write("hidden/file", stage.secret);
      const swap = `import ctypes, os, time
os.symlink("hidden", "link")
print("ready", flush=True)
while True:
  ctypes.CDLL(None).renameat2(-100, b"data", -100, b"link", 2)
  time.sleep(0.001)`;
      const swapper = stage.startOutside(["python3", "-c", swap], { cwd: stage.root });
      await until("the folder is being swapped", () => swapper.output().includes("ready"));
      const look = ["sh", "-c", `for i in $(seq 200); do cat ${stage.path("data/file")}; done`];
      assert.match((await stage.outside(look)).stdout, new RegExp(stage.secret), "outside, the link is followed");
      const flags = ["--read", stage.path("data"), "--deny", stage.path("hidden")];
      const argv = cordonArgv(
        "run",
        "-p",
        stage.path("policy.yaml"),
        "-w",
        stage.workspace,
        ...flags,
        "--",
        "cat",
        stage.path("data/file"),
      );
      const results: Result[] = [];
      const shown = (): boolean => results.some(({ stdout }) => stdout.startsWith("innocent"));
      const caught = (): boolean => results.some(({ stderr }) => /data could not be opened/.test(stderr));
      const end = performance.now() + SWAP_MS;
      while (performance.now() < end && !(shown() && caught())) {
        results.push(await exec(argv, { identity, cwd: stage.workspace }));
      }
      // Before the stage is removed: what is swapped meanwhile can't be.
      swapper.child.kill("SIGKILL");
      await swapper.done;
      assert.ok(results.length > 5 || (shown() && caught()), "too few runs to say anything");
      for (const { stdout } of results) assert.ok(!stdout.includes(stage.secret));
      assert.equal(readFileSync(secret, "utf8"), stage.secret);
    });

    test("namespaces of the command's own open nothing that is hidden, and no folder for writing", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/.env", stage.secret);
      stage.write("workspace/file", "as it was\n");
      stage.write("beside/file", stage.secret);
      const attack = [
        "umount -l .env; umount .env; cat .env",
        "mkdir -p /tmp/m; mount --bind . /tmp/m; cat /tmp/m/.env; mount --rbind / /tmp/m; cat /tmp/m$PWD/.env",
        "mount -o remount,rw,bind .; mount -o remount,rw .; echo x >> file; echo x > new",
        "mount -t proc proc /tmp/m; cat /tmp/m/1/root$PWD/.env /proc/1/root$PWD/../beside/file; ls /tmp/m | grep -c '^[0-9]'",
        `umount -l /; umount -l $PWD; cat $PWD/.env ${stage.path("beside/file")}`,
        "mount -t tmpfs x /tmp/m && echo mounted; id -u",
      ].join("\n");
      const flags = ["--set", "process.nested=true", "--mode", "read", "--deny", "**/.env"];
      const result = await stage.inside(["unshare", "-Urmpf", "sh", "-c", attack], { flags });
      assert.match(result.stdout, /^mounted\n0$/m, `namespaces work: ${result.stderr}`);
      assert.ok(!result.stdout.includes(stage.secret), result.stdout);
      assert.equal(readFileSync(stage.path("workspace/file"), "utf8"), "as it was\n");
      assert.equal(stage.exists("workspace/new"), false);
    });

    test("the limit of processes counts the sandbox's own only", async (t) => {
      const stage = makeStage(t, identity);
      const crowd = stage.startOutside([
        "bash",
        "-c",
        "for i in $(seq 80); do sleep 20 & done; echo ready; read; kill $(jobs -p)",
      ]);
      t.after(async () => {
        crowd.child.stdin?.end();
        await crowd.done;
      });
      await until("the user has many processes", () => crowd.output().includes("ready"));
      const script = "for i in $(seq 20); do sleep 3 & done; echo all; kill $(jobs -p)";
      const result = await stage.inside(["bash", "-c", script], { flags: ["--set", "limits.pids=40"] });
      assert.equal(result.stdout, "all\n", result.stderr);
      assert.equal(result.stderr, "");
    });

    test("a process can't take more memory than its limit", async (t) => {
      const stage = makeStage(t, identity);
      const script = 'a = bytearray(400 << 20); print("taken")';
      assert.equal((await stage.outside(["python3", "-c", script])).stdout, "taken\n");
      const result = await stage.inside(["python3", "-c", script], { flags: ["--set", "limits.memory=200M"] });
      assert.equal(result.stdout, "");
      // Refused by the process's own limit, or killed by the control group where Cordon can make one.
      assert.match(result.stderr, /MemoryError|^cordon: memory limit of 200M reached \(python3, pid \d+\)$/m);
    });
  });
}
