// What is particular to walls of other programs: that they end when anybody ends, that they say why they don't come about, that a command can't
// get at what watches it. What they hold is for the conformance suite and for breakout.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { allProcesses, familyOf, type Process, survivors } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const WALLS = { bubblewrap: "bwrap", unshare: "unshare", firejail: "firejail" } as const;

/** cordon-init by the kernel's names for it: outside, from memory, and inside. */
const OURS: ReadonlySet<string> = new Set(["memfd:cordon-in", "cordon-init"]);

async function running(stage: Stage, backend: string, script: string) {
  const run = stage.startInside(["sh", "-c", `echo ready; ${script}`], { flags: ["-b", backend] });
  await until("the command inside runs", () => run.output().includes("ready"));
  const family = await until("its processes", () => {
    const members = familyOf(run.pid);
    return members.some(({ name }) => name === "sleep") ? members : undefined;
  });
  return { run, family };
}

/** The report's lines about what broke. */
function brokenOf(result: Result): string {
  const lines = result.stdout.split("\n");
  const at = lines.flatMap((line, index) => (/"status": "broken"/.test(line) ? [index] : []));
  return at.map((index) => lines.slice(index - 6, index + 6).join("\n")).join("\n") || describeResult(result);
}

function kill(victim: Process, signal: NodeJS.Signals): void {
  if (allProcesses().some(({ pid, started }) => pid === victim.pid && started === victim.started))
    process.kill(victim.pid, signal);
}

for (const [backend, program] of Object.entries(WALLS)) {
  describe(`${backend} as a wall`, () => {
    test("whichever process of it is killed, nothing lives on", async (t) => {
      const stage = makeStage(t, ordinary);
      const { run, family: first } = await running(stage, backend, "(setsid sleep 4243 &); sleep 4243");
      process.kill(run.pid, "SIGKILL");
      await until("all are gone", () => survivors(first).length === 0);
      const victims = first.filter(({ name }) => name === program || OURS.has(name));
      assert.ok(victims.length >= 2, JSON.stringify(first));
      for (const index of victims.keys()) {
        const { run: next, family } = await running(stage, backend, "(setsid sleep 4243 &); sleep 4243");
        const victim = family.filter(({ name }) => name === program || OURS.has(name))[index];
        if (victim !== undefined) kill(victim, "SIGKILL");
        await until(`all are gone without ${victim?.name} (${index})`, () => survivors(family).length === 0);
        assert.notEqual((await next.done).code, 0);
      }
    });

    test("a workspace in /var/tmp is there", async (t) => {
      const folder = mkdtempSync("/var/tmp/cordon-test-");
      t.after(() => rmSync(folder, { recursive: true }));
      chownSync(folder, ordinary.uid, ordinary.gid);
      const argv = cordonArgv("run", "-b", backend, "-w", folder, "--", "sh", "-c", "echo here > made; cat made");
      const result = await exec(argv, { identity: ordinary, cwd: folder });
      assert.equal(result.stdout, "here\n", describeResult(result));
    });

    test("the command can neither stop nor end what watches it", async (t) => {
      const stage = makeStage(t, ordinary);
      // Everything that it sees but itself, which goes on to be killed with the supervisor.
      const attack =
        "for p in $(ls /proc | grep '^[0-9]'); do [ $p = $$ ] || kill -STOP $p 2>/dev/null; done; sleep 4243";
      const { run, family } = await running(stage, backend, attack);
      process.kill(run.pid, "SIGKILL");
      await until("all are gone", () => survivors(family).length === 0);
    });

    test("signals, limits and statuses are those of the command", async (t) => {
      const stage = makeStage(t, ordinary);
      const flags = ["-b", backend];
      const trapped = stage.startInside(["sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"], {
        flags,
      });
      await until("it runs", () => trapped.output().includes("ready"));
      process.kill(trapped.pid, "SIGTERM");
      assert.equal((await trapped.done).code, 9);
      const late = await stage.inside(["sleep", "60"], { flags: [...flags, "--set", "limits.time=1s"] });
      assert.match(late.stderr, /time limit/);
      assert.equal((await stage.inside(["/no/such/program"], { flags })).code, 127);
    });

    test("a program that can't make a wall is a refusal that says why", async (t) => {
      const stage = makeStage(t, ordinary);
      const fake = stage.write(`bin/${program}`, "#!/bin/sh\necho nobody may do this >&2\nexit 1\n", 0o755);
      chmodSync(fake, 0o755);
      const env = { PATH: `${stage.path("bin")}:/usr/bin:/bin:${process.execPath.replace(/\/node$/, "")}` };
      const result = await stage.inside(["true"], { flags: ["-b", backend, "--allow-degraded"], env, refused: true });
      assert.match(result.stderr, new RegExp(`${program} can't make a sandbox here: nobody may do this`));
    });

    test("what the program says when it fails later is told as well", async (t) => {
      const stage = makeStage(t, ordinary);
      // Passes its trial, and then not.
      const script =
        '#!/bin/sh\nfor word; do last=$word; done\n[ "$last" = init ] || exit 0\necho it broke >&2\nexit 3\n';
      stage.write(`bin/${program}`, script, 0o755);
      const env = { PATH: `${stage.path("bin")}:/usr/bin:/bin:${process.execPath.replace(/\/node$/, "")}` };
      const result = await stage.inside(["true"], { flags: ["-b", backend], env, refused: true });
      assert.match(result.stderr, new RegExp(`${program} ended with status 3: it broke`));
    });

    test("the command line that plan shows can be pasted into a shell", async (t) => {
      const stage = makeStage(t, ordinary);
      const argv = cordonArgv("plan", "-p", stage.path("policy.yaml"), "-b", backend, "--", "id", "-u");
      const plan = await exec(argv, { identity: ordinary, cwd: stage.workspace });
      const line = /^by hand in bash[^:]*: (.*)$/m.exec(plan.stdout)?.[1] ?? "";
      const pasted = await stage.outside(["bash", "-c", line]);
      assert.equal(pasted.stdout.trim(), `${ordinary.uid}`, describeResult(pasted));
    });

    test("every attack of breakout is held", async (t) => {
      const stage = makeStage(t, ordinary);
      const policy = stage.write(
        "attacked.yaml",
        'version: 1\nname: attacked\nfilesystem: { deny: ["**/.env"] }\nnetwork: { allow: [api.example.com] }\nlimits: { memory: 512M, time: 1h, pids: 512, files: 1024 }\n',
      );
      const argv = cordonArgv("breakout", "-b", backend, "-p", policy, "--json");
      const result = await exec(argv, { identity: ordinary, cwd: stage.workspace, timeoutMs: 280_000 });
      assert.equal(result.code, 0, brokenOf(result));
      assert.match(result.stdout, /"held": true/);
    });
  });
}
