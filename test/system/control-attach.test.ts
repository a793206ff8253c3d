// A second command in a sandbox: as confined as the first, with the terminal, signals and exit status of whoever asked for it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cordonArgv, describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { control, runtimeOf, startControl, startRun } from "../support/live-run.js";
import { withMark } from "../support/processes.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";
import { openTerminal } from "../support/terminal.js";
import { until } from "../support/wait.js";

const IDLE = "echo ready; exec sleep 100";

/** What a process can tell of how it is confined. */
const SELF = [
  "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Seccomp_filters|THP)' /proc/self/status",
  "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done",
  "cat /proc/self/limits",
  "cat /proc/self/cgroup",
  "umask; pwd",
  "env | grep -vE '^(_|SHLVL)=' | sort",
  "ls /proc/self/fd | wc -l",
].join("; ");

async function onTerminal(t: Cleanup, stage: Stage, command: readonly string[]) {
  const env = [`XDG_RUNTIME_DIR=${runtimeOf(stage)}`, `XDG_STATE_HOME=${stage.path("state")}`];
  const argv = ["/usr/bin/env", ...env, ...cordonArgv("attach", "live", "--", ...command)];
  return await openTerminal(t, argv, stage.identity, "/");
}

for (const identity of identities) {
  describe(`attach, as ${identity.name}`, () => {
    test("it is confined exactly as the first command is", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, `(${SELF}) < /dev/null > first 2>&1; ${IDLE}`);
      const attached = await control(
        stage,
        ["attach", "live", "--", "bash", "-c", `(${SELF}) < /dev/null > second 2>&1`],
        {
          env: { LEAK: "leaked" },
        },
      );
      assert.equal(attached.code, 0, describeResult(attached));
      const [first, second] = await Promise.all(["first", "second"].map((name) => stage.outside(["cat", name])));
      assert.ok((first?.stdout.length ?? 0) > 500);
      assert.equal(second?.stdout, first?.stdout);
      await control(stage, ["stop", "live", "--kill"]);
      await running.done;
    });

    test("Landlock, the guard and the record hold it as well", async (t) => {
      const stage = makeStage(t, identity);
      await startRun(stage, IDLE);
      const script = "echo x > .envrc; echo x > /usr/x; python3 -c 'import os; os.kill(1, 9)'; echo x > made; cat made";
      const attached = await control(stage, ["attach", "live", "--", "bash", "-c", script]);
      assert.match(attached.stdout, /^x\n$/, describeResult(attached));
      assert.equal(stage.exists("workspace/.envrc"), false);
      const logs = await control(stage, ["logs", "live"]);
      assert.match(logs.stdout, /run\.attached [\s\S]*file\.protected /, describeResult(logs));
      await control(stage, ["stop", "live", "--kill"]);
    });

    test("its leader can't be seen, traced or looked into from inside", async (t) => {
      const stage = makeStage(t, identity);
      const look = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
me = os.getppid()
print("parent", me, os.path.exists(f"/proc/{me}"))
for pid in range(1, 40):
    for name in ("environ", "mem", "maps", "fd", "root", "exe"):
        try:
            path = f"/proc/{pid}/{name}"
            (os.listdir if name == "fd" else os.readlink if name in ("root", "exe") else open)(path)
            if pid == me: print("opened", path)
        except OSError: pass
print("traced" if libc.ptrace(16, me, 0, 0) == 0 else "refused")
`;
      stage.write("workspace/look.py", look);
      await startRun(stage, IDLE);
      const attached = await control(stage, ["attach", "live", "python3", "look.py"]);
      assert.match(attached.stdout, /^parent \d+ False\nrefused\n$/, describeResult(attached));
      await control(stage, ["stop", "live", "--kill"]);
    });

    test("input, output and exit statuses are the command's", async (t) => {
      const stage = makeStage(t, identity);
      await startRun(stage, IDLE);
      const cat = await control(stage, ["attach", "live", "cat"], { input: "through\n" });
      assert.deepEqual([cat.code, cat.stdout], [0, "through\n"], describeResult(cat));
      for (const [script, code] of [
        ["exit 7", 7],
        ["kill -TERM $$", 143],
      ] as const)
        assert.equal((await control(stage, ["attach", "live", "--", "sh", "-c", script])).code, code);
      assert.equal((await control(stage, ["attach", "live", "--", "no-such-program"])).code, 127);
      assert.equal((await control(stage, ["attach", "live", "--", "/etc/passwd"])).code, 126);
      assert.equal((await control(stage, ["attach", "nothing", "--", "true"])).code, 125);
      await control(stage, ["stop", "live", "--kill"]);
    });

    test("it ends with the sandbox, and with the one who asked for it", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, IDLE);
      const mark = `3${String(process.pid)}${identity.uid}1`;
      const killed = startControl(stage, ["attach", "live", "--", "sleep", mark]);
      await until("it sleeps", () => withMark(`sleep ${mark}`).some(({ name }) => name === "sleep"));
      killed.child.kill("SIGKILL");
      await killed.done;
      await until("it is gone", () => withMark(`sleep ${mark}`).every(({ name }) => name !== "sleep"));
      assert.equal(running.child.exitCode, null);
      const second = startControl(stage, ["attach", "live", "--", "sh", "-c", "echo in; sleep 100"]);
      await until("it has joined", () => second.output().includes("in"));
      await control(stage, ["stop", "live", "--kill"]);
      assert.equal((await second.done).code, 137);
    });

    test("a real terminal: size, Ctrl-C, job control, and the modes as before", async (t) => {
      const stage = makeStage(t, identity);
      const { running } = await startRun(stage, IDLE);
      const terminal = await onTerminal(t, stage, ["bash", "--norc", "-i"]);
      terminal.type("PS1='$ '; tty; stty size\n");
      await terminal.see(/\/dev\/pts\/\d+\r\n24 80/);
      terminal.resize(33, 101);
      terminal.type("sleep 0.3; stty size\n");
      await terminal.see(/33 101/);
      terminal.type("sh -c 'echo r''eady; exec sleep 50'\n");
      await terminal.see(/ready/);
      terminal.type("\u0003");
      terminal.type("echo st''atus $?\n");
      await terminal.see(/status 130/);
      terminal.type("sleep 60 &\njobs\n");
      await terminal.see(/Running +sleep 60/);
      terminal.type("fg\n");
      await terminal.see(/sleep 60\r\n/);
      terminal.type("\u001a");
      await terminal.see(/Stopped +sleep 60/);
      terminal.type("kill %1; exit 9\n");
      terminal.type("exit 9\n");
      assert.equal(await terminal.ended(), 9);
      await control(stage, ["stop", "live", "--kill"]);
      await running.done;
    });

    test("sixteen at once, while another is paused and resumed beside them", async (t) => {
      const stage = makeStage(t, identity);
      await startRun(stage, IDLE);
      const echo = (word: string) => control(stage, ["attach", "live", "--", "sh", "-c", `sleep 0.2; echo ${word}`]);
      const results = await Promise.all(Array.from({ length: 16 }, (_, index) => echo(`word${index}`)));
      assert.deepEqual(
        results.map(({ stdout }) => stdout.trim()),
        Array.from({ length: 16 }, (_, index) => `word${index}`),
      );
      const slow = startControl(stage, ["attach", "live", "--", "sh", "-c", "echo in; sleep 1; echo out"]);
      await until("it has joined", () => slow.output().includes("in"));
      assert.equal((await control(stage, ["pause", "live"])).code, 0);
      assert.equal((await control(stage, ["resume", "live"])).code, 0);
      const { code, stdout } = await slow.done;
      assert.deepEqual([code, stdout], [0, "in\nout\n"]);
      await control(stage, ["stop", "live", "--kill"]);
    });
  });
}
