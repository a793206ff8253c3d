// The control of running sandboxes: by their owner alone, from outside alone, and whatever becomes of the supervisor (H35).

import assert from "node:assert/strict";
import { once } from "node:events";
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, describeResult } from "../support/exec.js";
import { identities, ordinary, superuser } from "../support/identity.js";
import { control, runtimeOf, startControl, startRun } from "../support/live-run.js";
import { allProcesses, familyOf, survivors } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { openTerminal } from "../support/terminal.js";
import { until } from "../support/wait.js";

function socketOf(stage: Stage): string {
  const runs = join(runtimeOf(stage), "cordon/runs");
  return join(runs, readdirSync(runs)[0] ?? "", "control.sock");
}

const IDLE = "echo ready; exec sleep 100";

for (const identity of identities) {
  describe(`control, as ${identity.name}`, () => {
    test("a run is listed, told in events, stopped with a reason, and gone", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done");
      const listed = await control(stage, ["ps", "--json"]);
      const rows: Record<string, unknown>[] = JSON.parse(listed.stdout);
      assert.equal(rows.length, 1, describeResult(listed));
      assert.deepEqual([rows[0]?.["name"], rows[0]?.["state"]], ["live", "running"]);
      assert.equal(rows[0]?.["workspace"], realpathSync(stage.workspace));
      assert.match((await control(stage, ["ps"])).stdout, /live-[0-9a-f]{8} +running /);
      const stopped = await control(stage, ["stop", "live", "--reason", "enough of it"]);
      assert.equal(stopped.code, 0, describeResult(stopped));
      const result = await running.done;
      assert.equal(result.code, 3);
      assert.match(result.stderr, /stopped by cordon stop \(process \d+\): enough of it/);
      const logs = await control(stage, ["logs", "live", "--json"]);
      const types = logs.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).type);
      assert.deepEqual([types[0], ...types.slice(-2)], ["run.started", "run.stopping", "run.exited"]);
      assert.equal(JSON.parse((await control(stage, ["ps", "--json"])).stdout).length, 0);
      assert.deepEqual(readdirSync(join(runtimeOf(stage), "cordon/runs")), []);
    });

    test("a command that doesn't hear SIGTERM ends after the grace period, and at once with --kill", async (t) => {
      const stage = makeStage(t, identity);
      const deaf = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
      for (const flags of [["--time", "300ms"], ["--kill"]]) {
        const { running } = await startRun(stage, deaf);
        const family = familyOf(running.pid);
        const stopped = await control(stage, ["stop", "live", ...flags]);
        assert.equal(stopped.code, 0, describeResult(stopped));
        assert.equal((await running.done).code, 137);
        assert.deepEqual(survivors(family), []);
      }
    });

    test("paused and resumed by name; the state is seen", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, "echo ready; while :; do echo x >> ticks; sleep 0.02; done");
      const ticks = () => lstatSync(join(stage.workspace, "ticks"), { throwIfNoEntry: false })?.size ?? 0;
      await until("it ticks", () => ticks() > 4);
      assert.equal((await control(stage, ["pause", "live"])).code, 0);
      const before = ticks();
      assert.match((await control(stage, ["ps"])).stdout, / paused /);
      const refused = await control(stage, ["attach", "live", "--", "true"]);
      assert.match(refused.stderr, /paused/);
      assert.equal(refused.code, 125);
      assert.equal(ticks(), before);
      assert.equal((await control(stage, ["resume", "live"])).code, 0);
      await until("it ticks again", () => ticks() > before);
      await control(stage, ["stop", "--all", "--kill"]);
      await running.done;
    });

    test("logs -f tells what happens, to the end", async (t) => {
      const stage = makeStage(t, identity);
      assert.equal((await stage.outside(["mkfifo", "go"])).code, 0);
      const { running } = await startRun(stage, "echo ready; read x < go; echo x > .envrc; exit 5");
      const following = startControl(stage, ["logs", "-f", "live"]);
      await until("the first event is told", () => following.output().includes("run.started"));
      await stage.outside(["sh", "-c", "echo > go"]);
      await running.done;
      const told = await following.done;
      assert.equal(told.code, 0, describeResult(told));
      assert.match(told.stdout, /file\.protected .*envrc[\s\S]*run\.exited .*status 5/);
      const only = await control(stage, ["logs", "live", "--type", "file", "-n", "1"]);
      assert.match(only.stdout, /^\S+ \S+ +file\.protected [^\n]*\n$/, describeResult(only));
    });

    test("top's figures are those of the sandbox", async (t) => {
      const stage = makeStage(t, identity);
      const burn = "echo ready; x=$(head -c 60000000 /dev/zero | tr '\\0' x); while :; do :; done";
      await startRun(stage, `sleep 100 & ${burn}`);
      await until("memory is used", () => allProcesses().some(({ name, state }) => name === "bash" && state === "R"));
      const seen = await control(stage, ["top", "--once", "--json"]);
      const [sample]: Record<string, number>[] = JSON.parse(seen.stdout);
      assert.ok(sample !== undefined, describeResult(seen));
      const { cpuPercent = 0, memoryBytes = 0, pids = 0, connections } = sample;
      // Other tests use the processor as well; more than one it can't be.
      assert.ok(cpuPercent > 10 && cpuPercent < 115, `${cpuPercent} %`);
      assert.ok(memoryBytes > 3_000_000 && memoryBytes < 400_000_000, `${memoryBytes} bytes`);
      assert.ok(pids >= 3 && pids < 12, `${pids} processes`);
      assert.equal(connections, 0);
      assert.match((await control(stage, ["top", "--once"])).stdout, /^RUN .*\nlive-/);
      await control(stage, ["stop", "live", "--kill"]);
    });

    test("top takes the screen, and gives it back as it was", async (t) => {
      const stage = makeStage(t, identity);
      await startRun(stage, IDLE);
      const env = [`XDG_RUNTIME_DIR=${runtimeOf(stage)}`, `XDG_STATE_HOME=${stage.path("state")}`];
      const top = ["/usr/bin/env", ...env, ...cordonArgv("top")];
      const around = 'stty -g; trap : INT; "$@"; echo "status $?"; stty -g';
      for (const leave of ["q", "\u0003"]) {
        const terminal = await openTerminal(t, ["sh", "-c", around, "sh", ...top], identity, "/");
        const before = await terminal.see(/^[0-9a-f:]+/);
        await terminal.see(/\?1049h[\s\S]*live-[0-9a-f]{8} +running/);
        terminal.type(leave);
        await terminal.see(/\?1049lstatus 0\r\n/);
        assert.equal(await terminal.see(/^[0-9a-f:]+/), before);
        assert.equal(await terminal.ended(), 0);
      }
      await control(stage, ["stop", "live", "--kill"]);
    });

    test("the socket isn't there inside, not even where the folder above is granted", async (t) => {
      const stage = makeStage(t, identity);
      const runtime = runtimeOf(stage);
      const look = `cat /proc/net/unix | grep -c control.sock; ls -laR ${stage.root} 2>/dev/null | grep -c control.sock; find / -name control.sock 2>/dev/null | wc -l`;
      const script = `echo ready; read x < go; (${look}) > seen; python3 connect.py >> seen 2>&1; true`;
      stage.write(
        "workspace/connect.py",
        `import socket, glob\nfor path in glob.glob("${runtime}/cordon/runs/*/control.sock") + ["\\0cordon"]:\n  s = socket.socket(socket.AF_UNIX)\n  try:\n    s.connect(path); print("connected")\n  except OSError as error: print("refused")\n`,
      );
      await stage.outside(["mkfifo", "go"]);
      const { running } = await startRun(stage, script, { flags: ["--read", stage.root] });
      const path = socketOf(stage);
      assert.equal(lstatSync(path).mode & 0o777, 0o600);
      // Outside it answers.
      const socket = connect(path);
      await once(socket, "connect");
      socket.destroy();
      await stage.outside(["sh", "-c", "echo > go"]);
      await running.done;
      const seen = await stage.outside(["cat", "seen"]);
      assert.match(seen.stdout, /^0\n0\n0\n(refused\n)+$/, describeResult(seen));
    });

    test("a supervisor that was killed is seen as lost, and nothing is left of its run", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, IDLE);
      const family = familyOf(running.pid);
      process.kill(running.pid, "SIGKILL");
      await running.done;
      const listed = await control(stage, ["ps"]);
      assert.match(listed.stdout, /live-[0-9a-f]{8} +lost /, describeResult(listed));
      assert.deepEqual(readdirSync(join(runtimeOf(stage), "cordon/runs")), []);
      await until("nothing of it lives", () => survivors(family).length === 0);
      assert.doesNotMatch((await control(stage, ["ps"])).stdout, /live/);
      assert.match((await control(stage, ["logs", "live"])).stdout, /run\.started/);
    });

    test("twenty runs at once are each there, and end together", { timeout: 200_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const names = Array.from({ length: 20 }, (_, index) => `many${index}`);
      const runs = await Promise.all(names.map((name) => startRun(stage, IDLE, { name })));
      const rows: Record<string, unknown>[] = JSON.parse((await control(stage, ["ps", "--json"])).stdout);
      assert.deepEqual(rows.map(({ name }) => name).toSorted(), names.toSorted());
      const ambiguous = await control(stage, ["stop", "many"]);
      assert.match(ambiguous.stderr, /could be/);
      const stopped = await control(stage, ["stop", "--all", "--kill"]);
      assert.equal(stopped.code, 0, describeResult(stopped));
      for (const { running } of runs) assert.equal((await running.done).code, 137);
    });

    test("who talks nonsense, too much or too often is cut off, and the run goes on", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, IDLE);
      const path = socketOf(stage);
      const say = async (text: string): Promise<string> => {
        const socket = connect(path);
        let answer = "";
        socket.on("error", () => undefined);
        socket.on("data", (chunk) => {
          answer += String(chunk);
        });
        socket.write(text);
        await once(socket, "close", { signal: AbortSignal.timeout(20_000) });
        return answer;
      };
      assert.match(await say("{}\n"), /this run speaks version 1/);
      assert.match(await say("x".repeat(70_000)), /a line has at most/);
      assert.match(await say(`{"v":1,"id":1,"do":"info"}\nnonsense\n`), /one JSON object/);
      const pipelined = Array.from({ length: 100 }, (_, id) => `{"v":1,"id":${id},"do":"usage"}\n`).join("");
      assert.match(await say(pipelined), /too many requests/);
      const half = Array.from({ length: 200 }, () => {
        const socket = connect(path);
        socket.on("error", () => undefined);
        socket.write('{"v":1,"id"');
        return socket;
      });
      await until("most are taken or refused", () => half.every(({ connecting }) => !connecting));
      for (const socket of half) socket.destroy();
      await until("it answers", () => running.child.exitCode === null);
      assert.match((await control(stage, ["ps"])).stdout, / running /);
      await control(stage, ["stop", "live", "--kill"]);
    });
  });
}

test("another user neither sees a run nor reaches it", { skip: superuser === undefined && "not root" }, async (t) => {
  const stage = makeStage(t, ordinary);
  const { running } = await startRun(stage, IDLE);
  const other = { ...ordinary, uid: 65_534, name: "nobody" };
  const stranger = { ...other, become: (argv: readonly string[]) => [...DROP, ...argv] };
  const path = socketOf(stage);
  const code = `const s=require("net").connect(${JSON.stringify(path)});s.on("error",(e)=>console.log(e.code));s.on("connect",()=>console.log("connected"))`;
  const { exec } = await import("../support/exec.js");
  const tried = await exec([process.execPath, "-e", code], { identity: stranger, cwd: "/" });
  assert.match(tried.stdout, /EACCES/, describeResult(tried));
  for (const argv of [
    ["stop", "live"],
    ["attach", "live", "--", "true"],
    ["pause", "live"],
  ]) {
    const refused = await control(stage, argv, { as: stranger });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /there is no run|nothing runs/, describeResult(refused));
  }
  assert.doesNotMatch((await control(stage, ["ps"], { as: stranger })).stdout, /live/);
  // Root doesn't mix other people's runs with its own.
  if (superuser !== undefined) assert.doesNotMatch((await control(stage, ["ps"], { as: superuser })).stdout, /live/);
  assert.equal(running.child.exitCode, null);
  await control(stage, ["stop", "live", "--kill"]);
});

const DROP = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"];
