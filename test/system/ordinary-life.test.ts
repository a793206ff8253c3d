// What a user of any command expects: bytes, end of file, exit status, signals, limits and events pass through untouched.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { familyOf, survivors } from "../support/processes.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const TWO_STREAMS = "echo out; echo err >&2";

for (const identity of identities) {
  describe(`ordinary life, as ${identity.name}`, () => {
    test("50 MB of random bytes come through a pipe unchanged", async (t) => {
      const stage = makeStage(t, identity);
      const bytes = randomBytes(50 * 1024 * 1024);
      const result = await stage.inside(["cat"], { input: bytes });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(
        createHash("sha256").update(result.stdoutBytes).digest("hex"),
        createHash("sha256").update(bytes).digest("hex"),
      );
    });

    test("end of file on stdin arrives, also at once", async (t) => {
      const stage = makeStage(t, identity);
      assert.equal((await stage.inside(["wc", "-c"], { input: "" })).stdout.trim(), "0");
      assert.equal((await stage.inside(["wc", "-c"], { input: "12345" })).stdout.trim(), "5");
    });

    test("stdout and stderr stay apart, and Cordon adds nothing", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["sh", "-c", TWO_STREAMS]);
      assert.equal(result.stdout, "out\n");
      assert.equal(result.stderr, "err\n");
    });

    test("a closed stdin and stdout don't disturb", async (t) => {
      const stage = makeStage(t, identity);
      const argv = stage.runArgv(["sh", "-c", "touch made"]);
      const result = await stage.outside(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", ...argv]);
      assert.equal(result.code, 0, describeResult(result));
      assert.ok(stage.exists("workspace/made"));
    });

    const EXITS: readonly (readonly [string, readonly string[], number])[] = [
      ["success", ["true"], 0],
      ["a failure of its own", ["sh", "-c", "exit 7"], 7],
      ["255", ["sh", "-c", "exit 255"], 255],
      ["a file that can't be executed", ["./plain"], 126],
      ["a folder", ["/usr"], 126],
      ["a program that isn't there", ["no-such-program-here"], 127],
      ["a path that isn't there", ["./no-such-program-here"], 127],
      ["death by SIGKILL", ["sh", "-c", "kill -KILL $$"], 137],
      ["death by SIGTERM", ["sh", "-c", "kill -TERM $$"], 143],
      ["death by SIGSEGV", ["sh", "-c", "kill -SEGV $$"], 139],
      ["death by SIGPIPE", ["bash", "-c", "kill -PIPE $$"], 141],
    ];
    for (const [what, argv, code] of EXITS) {
      test(`the exit status for ${what} is ${code}`, async (t) => {
        const stage = makeStage(t, identity);
        stage.write("workspace/plain", "not a program\n");
        const result = await stage.inside(argv);
        assert.equal(result.code, code, describeResult(result));
        if (code === 126 || code === 127) assert.match(result.stderr, /^cordon: [^\n]+\n$/);
      });
    }

    test("a failure of Cordon's own is 125 with one line", async (t) => {
      const stage = makeStage(t, identity);
      const wrong = [
        ["-p", stage.path("missing.yaml"), "--", "true"],
        ["--no-such-option", "--", "true"],
        ["-w", stage.path("missing"), "--", "true"],
        ["-p"],
        [],
      ];
      for (const args of [...wrong, ["-p", stage.path("policy.yaml"), "--set", "limits.memory=much", "--", "true"]]) {
        const result = await exec(cordonArgv("run", ...args), { identity, cwd: stage.workspace });
        assert.equal(result.code, 125, describeResult(result));
        assert.match(result.stderr, /^[^\n]+\n$/, args.join(" "));
        assert.equal(result.stdout, "");
      }
    });

    for (const [name, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
      ["SIGHUP", 1],
      ["SIGUSR1", 10],
      ["SIGQUIT", 3],
    ] as const) {
      test(`${name} is passed on, and the command decides`, async (t) => {
        const stage = makeStage(t, identity);
        const trap = stage.startInside([
          "bash",
          "-c",
          `trap 'echo got; exit 33' ${name.slice(3)}; echo ready; while :; do sleep 0.05; done`,
        ]);
        await until("the command inside runs", () => trap.output().includes("ready"));
        trap.child.kill(name);
        const handled = await trap.done;
        assert.equal(handled.stdout, "ready\ngot\n", describeResult(handled));
        assert.equal(handled.code, 33);

        const plain = stage.startInside([
          "python3",
          "-c",
          `import signal,time;signal.signal(${number},signal.SIG_DFL);print("ready",flush=True);time.sleep(60)`,
        ]);
        await until("the second command runs", () => plain.output().includes("ready"));
        plain.child.kill(name);
        assert.equal((await plain.done).code, 128 + number);
      });
    }

    test("a signal to the whole process group, as timeout(1) and shells send it, is the command's alone", async (t) => {
      for (const name of ["TERM", "INT", "HUP"]) {
        const stage = makeStage(t, identity);
        const script = `trap 'echo got; exit 33' ${name}; touch ready; while :; do sleep 0.05; done`;
        const argv = stage.runArgv(["bash", "-c", script]);
        // A job of its own has a process group of its own.
        const job = `set -m; "$@" & until [ -e ready ]; do sleep 0.05; done; kill -${name} -- -$!; wait $!`;
        const result = await exec(["bash", "-c", job, "bash", ...argv], { identity, cwd: stage.workspace });
        assert.equal(result.stdout, "got\n", describeResult(result));
        assert.equal(result.code, 33);
        assert.doesNotMatch(result.stderr, /cordon:/);
      }
    });

    test("arguments and the working folder arrive as they were given", async (t) => {
      const stage = makeStage(t, identity);
      stage.makeDirectory("workspace/sub folder");
      const odd = ["", " ", "a b", "$HOME", "`id`", "*", "--", "-x", "ä", "\n", "'\"", "%s\\n"];
      const argv = stage.runArgv(["sh", "-c", 'pwd; for a; do printf "[%s]" "$a"; done', "sh", ...odd]);
      const result = await exec(argv, { identity, cwd: stage.path("workspace/sub folder") });
      assert.equal(
        result.stdout,
        `${stage.path("workspace/sub folder")}\n${odd.map((word) => `[${word}]`).join("")}`,
        result.stderr,
      );
    });

    test("only what the policy passes is in the environment", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["env"], {
        env: { LEAK: "1", KEEP: "2", LD_PRELOAD: "" },
        flags: ["--env", "KEEP", "--env", "GIVEN=3"],
      });
      const names = result.stdout
        .trim()
        .split("\n")
        .map((line) => line.split("=")[0]);
      assert.ok(names.includes("KEEP") && names.includes("GIVEN") && !names.includes("LEAK"), result.stdout);
      assert.ok(["HOME", "PATH"].every((name) => names.includes(name)));
    });

    test("a time limit ends the run and everything in it", async (t) => {
      const stage = makeStage(t, identity);
      const run = stage.startInside(
        ["sh", "-c", "trap '' TERM INT; echo ready; setsid sleep 4141 & while :; do sleep 0.1; done"],
        {
          flags: ["--set", "limits.time=1s", "--events", stage.path("events")],
        },
      );
      await until("the command inside runs", () => run.output().includes("ready"));
      const family = familyOf(run.pid);
      const result = await run.done;
      assert.ok(
        result.code === 124 || result.code === 137 || result.code === 143 || result.code === 125,
        describeResult(result),
      );
      assert.deepEqual(survivors(family), []);
      assert.match(
        readFileSync(stage.path("events"), "utf8"),
        /"type":"run\.exited".*time-limit|time-limit.*"type":"run\.exited"/,
      );
    });

    test("a limit of open files holds", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["bash", "-c", "ulimit -n; ulimit -n 100000"], {
        flags: ["--set", "limits.files=64"],
      });
      assert.match(result.stdout, /^64\n/, result.stderr);
      assert.notEqual(result.code, 0);
    });

    test("events are JSON lines that begin with run.started and end with run.exited", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["sh", "-c", "exit 3"], { flags: ["--events", stage.path("events")] });
      assert.equal(result.code, 3, result.stderr);
      const lines = readFileSync(stage.path("events"), "utf8").trim().split("\n");
      const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        events.map((event) => event["seq"]),
        events.map((_, index) => index + 1),
      );
      assert.equal(events[0]?.["type"], "run.started");
      assert.ok(Array.isArray(events[0]["enforcement"]) && events[0]["enforcement"].length > 5);
      assert.equal(events.at(-1)?.["type"], "run.exited");
      assert.equal(events.at(-1)?.["code"], 3);
      assert.equal(new Set(events.map((event) => event["run"])).size, 1);
    });

    test("events on stderr don't mix with stdout", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["echo", "out"], { flags: ["--events", "-"] });
      assert.equal(result.stdout, "out\n");
      assert.match(result.stderr, /^\{"seq":1,.*run\.started.*\n[\s\S]*run\.exited.*\n$/);
    });
  });
}
