// Every program that is executed inside is told before it runs, with its words, its folder and its caller; nothing is lost in a storm, and a
// supervisor that reads slowly makes the sandbox wait.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { familyOf, isInside } from "../../src/breakout/faults/processes.js";
import { bring, compile } from "../support/compile.js";
import { type EventOf, eventsIn, eventsOf } from "../support/events.js";
import { describeResult } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

type Exec = EventOf<"exec">;

async function told(stage: Stage, argv: readonly string[], flags: readonly string[] = []): Promise<readonly Exec[]> {
  const events = stage.path("events");
  // A file of events is added to.
  rmSync(events, { force: true });
  const result = await stage.inside(argv, { flags: ["--events", events, ...flags], timeoutMs: 200_000 });
  assert.equal(result.code, 0, describeResult(result));
  return eventsOf(events, "exec");
}

const last = (events: readonly Exec[]): Exec => {
  const event = events.at(-1);
  assert.ok(event !== undefined);
  return event;
};

for (const identity of identities) {
  describe(`programs that are executed, as ${identity.name}`, () => {
    test("the command itself and each of its children are told, with who called", async (t) => {
      const stage = makeStage(t, identity);
      stage.makeDirectory("workspace/sub");
      const script = "cd sub; /usr/bin/env true 'a b'; exec sleep 0";
      const [command, env, inner, sleep, ...more] = await told(stage, ["sh", "-c", script]);
      assert.ok(command !== undefined && env !== undefined && inner !== undefined && sleep !== undefined);
      assert.deepEqual(more, []);
      assert.match(command.program, /^\/(?:usr\/)?bin\/sh$/);
      assert.deepEqual([command.argv, command.cwd], [["sh", "-c", script], stage.workspace]);
      assert.deepEqual([env.parent, env.program, env.cwd], [command.pid, "/usr/bin/env", stage.path("workspace/sub")]);
      assert.deepEqual([inner.pid, inner.argv], [env.pid, ["true", "a b"]]);
      assert.deepEqual([sleep.pid, sleep.argv, sleep.advisory], [command.pid, ["sleep", "0"], true]);
      const all = eventsIn(stage.path("events"));
      assert.deepEqual([all[0]?.type, all.at(-1)?.type], ["run.started", "run.exited"]);
    });

    test("what isn't there isn't told, and its error is the kernel's", async (t) => {
      const stage = makeStage(t, identity);
      const script = "/nowhere/x; (exec nosuch); env -i PATH=/nowhere:/usr/bin:/bin true";
      const events = await told(stage, ["bash", "-c", `${script}; true`]);
      assert.deepEqual(
        events.slice(1).map(({ argv }) => argv.at(-1)),
        ["true", "true"],
      );
    });

    test("a program that only its caller can find is told all the same", async (t) => {
      const stage = makeStage(t, identity);
      const script =
        "ln -s /proc/self/root r; ln -s /proc/self/cwd/here s; cp /bin/true here; r/bin/true 1; ./s 2; r/usr/bin/true 3";
      const events = await told(stage, ["bash", "-c", `${script}; exit 0`]);
      assert.deepEqual(
        events.slice(-3).map(({ argv }) => argv[1]),
        ["1", "2", "3"],
      );
    });

    test("scripts are told by their own names, and each program that they execute", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/one", "#!/bin/sh\nexec ./two 1\n", 0o755);
      stage.write("workspace/two", "#!/usr/bin/env sh\nexec true 2\n", 0o755);
      const events = await told(stage, ["./one"]);
      assert.deepEqual(
        events.map(({ argv }) => argv),
        // env looks sh up itself: that is a call of its own.
        [["./one"], ["./two", "1"], ["sh", "./two", "1"], ["true", "2"]],
      );
    });

    test("odd bytes, no words, descriptors, threads", async (t) => {
      const stage = makeStage(t, identity);
      const program = bring(stage, compile(t, "exec"));
      const bytes = last(await told(stage, [program, "bytes"]));
      assert.deepEqual(bytes.argv, ["a b", "", "%41\n\t", "\ufffd\ufffd", "é"]);
      assert.equal(bytes.program, "/usr/bin/../bin/true");
      assert.deepEqual(last(await told(stage, [program, "empty"])).argv, []);
      const descriptor = last(await told(stage, [program, "fexecve"]));
      assert.match(descriptor.program, /\/true$/);
      assert.deepEqual(descriptor.argv, ["by-descriptor"]);
      const [command, thread] = await told(stage, [program, "thread"]);
      assert.deepEqual([thread?.pid, thread?.argv], [command?.pid, ["true", "thread"]]);
      assert.equal(
        (await told(stage, [program, "invalid"])).filter(({ program: name }) => /true$/.test(name)).length,
        1,
      );
    });

    test("long command lines are cut and said to be", async (t) => {
      const stage = makeStage(t, identity);
      const program = bring(stage, compile(t, "exec"));
      for (const [count, words] of [
        [10, 12],
        [255, 256],
        [30_000, 256],
      ] as const) {
        const event = last(await told(stage, [program, "huge", String(count)]));
        assert.equal(event.truncated, true);
        assert.equal(event.argv.length, words);
        assert.ok(event.argv.join(" ").length < 14_000);
      }
    });
  });
}

test("with namespaces of its own the command is recorded all the same", async (t) => {
  const stage = makeStage(t, ordinary);
  const events = await told(
    stage,
    ["sh", "-c", "unshare -Ur sh -c 'true inner'; true"],
    ["--mode", "read", "--set", "process.nested=true"],
  );
  assert.ok(events.some(({ argv }) => argv.join(" ") === "unshare -Ur sh -c true inner"));
});

test("a storm of programs is told completely, and the supervisor doesn't grow", async (t) => {
  const COUNT = 20_000;
  const stage = makeStage(t, ordinary);
  const program = bring(stage, compile(t, "exec"));
  const events = stage.path("events");
  const run = stage.startInside([program, "storm", String(COUNT)], {
    flags: ["--events", events],
    timeoutMs: 200_000,
  });
  let mostKiB = 0;
  const watch = setInterval(() => {
    mostKiB = Math.max(mostKiB, residentKiB(run.pid));
  }, 100);
  const result = await run.done;
  clearInterval(watch);
  assert.equal(result.code, 0, describeResult(result));
  const numbers = eventsOf(events, "exec").flatMap(({ argv }) => (argv[1] === "end" ? [Number(argv[2])] : []));
  assert.deepEqual(
    numbers,
    Array.from({ length: COUNT }, (_, index) => index),
  );
  assert.ok(mostKiB > 0 && mostKiB < 200 * 1024, `${mostKiB} KiB`);
});

function residentKiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

test("a supervisor that stands still stops the sandbox at the next programs, and loses none", async (t) => {
  const stage = makeStage(t, ordinary);
  const program = bring(stage, compile(t, "exec"));
  const events = stage.path("events");
  const script = `echo go; "$1" storm 5000; echo done`;
  const run = stage.startInside(["sh", "-c", script, "sh", program], { flags: ["--events", events] });
  run.child.stdout?.once("data", () => run.child.kill("SIGSTOP"));
  const waited = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(true), 3000);
    void run.done.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
  assert.ok(waited, "it went on without its record");
  assert.doesNotMatch(run.output(), /done/);
  run.child.kill("SIGCONT");
  const result = await run.done;
  assert.match(result.stdout, /done/, describeResult(result));
  assert.equal(eventsOf(events, "exec").filter(({ argv }) => argv[1] === "end").length, 5000);
});

test("what was executed is told also when the guard is killed", async (t) => {
  const stage = makeStage(t, ordinary);
  const events = stage.path("events");
  const ran = stage.path("workspace", "ran");
  const count = () => (existsSync(ran) ? readFileSync(ran, "utf8").split("\n").length - 1 : 0);
  const script = "i=0; while :; do i=$((i + 1)); /bin/echo $i >> ran; done";
  const run = stage.startInside(["sh", "-c", script], { flags: ["--events", events] });
  await until("it works", () => count() > 50);
  const family = familyOf(run.pid);
  const inits = family.filter(({ pid, command }) => command.startsWith("cordon-init") && !isInside(pid));
  const guard = inits.find(({ parent }) => inits.some(({ pid }) => pid === parent));
  assert.ok(guard !== undefined);
  process.kill(guard.pid, "SIGKILL");
  const result = await run.done;
  assert.equal(result.code, 125, describeResult(result));
  const told = eventsOf(events, "exec").flatMap(({ argv }) => (argv[0] === "/bin/echo" ? [Number(argv[1])] : []));
  const made = Array.from({ length: count() }, (_, index) => index + 1);
  assert.deepEqual(
    made.filter((number) => !told.includes(number)),
    [],
  );
});
