// Pausing: nothing inside runs, whatever it tries, until it is resumed; then all goes on as if nothing had been.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { describeResult, exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { CORDON } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const LIBRARY = join(dirname(CORDON), "index.js");

/** A caller of the library with a paused sandbox at hand. Prints what it found as one line of JSON. */
const CALLER = `
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { load, resolve, run } from ${JSON.stringify(LIBRARY)};
const [, , file, cwd, ...command] = process.argv;
const policy = await load({ file, cwd, set: { "workspace.path": cwd, ...JSON.parse(process.env.SETTINGS ?? "{}") } });
const sandbox = await run(await resolve(policy, { command, cwd }), { stdio: ["ignore", "pipe", "inherit"] });
let text = "";
sandbox.stdout.on("data", (chunk) => { text += chunk; });
const until = async (probe) => { while (!probe()) await wait(5); };
const stat = (pid) => { try { return readFileSync("/proc/" + pid + "/stat", "utf8").split(") ")[1].split(" "); } catch { return []; } };
const all = () => readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).map((pid) => ({ pid, fields: stat(pid) }));
const family = () => {
  const found = new Set([String(process.pid)]);
  for (let more = true; more; ) {
    more = false;
    for (const { pid, fields } of all())
      if (fields[1] !== undefined && found.has(fields[1]) && !found.has(pid)) { found.add(pid); more = true; }
  }
  found.delete(String(process.pid));
  return [...found];
};
/** Processor time of everything below this process, in ticks. */
const used = () => family().reduce((sum, pid) => sum + Number(stat(pid)[11] ?? 0) + Number(stat(pid)[12] ?? 0), 0);
const states = () => family().map((pid) => stat(pid)[0]).sort().join("");
const report = async (rest) => {
  const { code, reason } = await sandbox.exit;
  const events = [];
  for await (const { type } of sandbox.events) if (type.startsWith("run.")) events.push(type);
  console.log(JSON.stringify({ ...rest, text, code, reason, events }));
};
`;

async function call(stage: Stage, body: string, command: readonly string[], settings = "{}") {
  const script = stage.write("caller.mjs", CALLER + body);
  const argv = [process.execPath, script, stage.path("policy.yaml"), stage.workspace, ...command];
  const env = { SETTINGS: settings };
  const result = await exec(argv, { identity: stage.identity, cwd: stage.workspace, env, timeoutMs: 40_000 });
  assert.equal(result.code, 0, describeResult(result));
  const found: Record<string, unknown> = JSON.parse(result.stdout);
  return found;
}

const BURN =
  "echo ready; for i in 1 2 3; do (while :; do :; done) & done; (sleep 0.1; while :; do sleep 0.01; done) & wait";

/** Has itself continued every two milliseconds, and says so each time. */
const STUBBORN = `
import ctypes, signal, sys, time
class Event(ctypes.Structure):
    _fields_ = [("value", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("pad", ctypes.c_char * 48)]
libc = ctypes.CDLL(None, use_errno=True)
timer = ctypes.c_void_p()
event = Event(signo=signal.SIGCONT, notify=0)
if libc.timer_create(1, ctypes.byref(event), ctypes.byref(timer)) != 0: sys.exit("no timer")
spec = (ctypes.c_long * 4)(0, 2000000, 0, 2000000)
if libc.timer_settime(timer, 0, spec, None) != 0: sys.exit("not set")
print("ready", flush=True)
while True: pass
`;

for (const identity of identities) {
  describe(`pause, as ${identity.name}`, () => {
    test("a paused run uses no processor time, and goes on afterwards", async (t) => {
      const stage = makeStage(t, identity);
      const body = `
await until(() => text.includes("ready"));
await until(() => used() > 10);
const running = used();
await sandbox.pause();
const before = used();
await wait(500);
const after = used();
await sandbox.resume();
await until(() => used() > after + 20);
await sandbox.stop();
await report({ running, before, after });
`;
      const found = await call(stage, body, ["bash", "-c", BURN]);
      assert.ok(Number(found["running"]) > 5, JSON.stringify(found));
      // A tick is 10 ms; what cordon-init and the clock's granularity need is next to nothing.
      assert.ok(Number(found["after"]) - Number(found["before"]) <= 1, JSON.stringify(found));
      assert.deepEqual(found["events"], ["run.started", "run.paused", "run.resumed", "run.stopping", "run.exited"]);
    });

    test("a program that has itself continued by a timer gets next to no time", async (t) => {
      const stage = makeStage(t, identity);
      const body = `
await until(() => text.includes("ready"));
await sandbox.pause();
const before = used();
await wait(2000);
const after = used();
await sandbox.stop();
await report({ before, after });
`;
      const found = await call(stage, body, ["python3", "-c", STUBBORN]);
      // 200 ticks if it ran all the time.
      assert.ok(Number(found["after"]) - Number(found["before"]) < 20, JSON.stringify(found));
    });

    test("what was stopped before stays so, and the run's own end isn't taken for job control", async (t) => {
      const stage = makeStage(t, identity);
      const script = "sleep 100 & kill -STOP $!; echo ready; read x < fifo; grep State /proc/$!/status; kill -KILL $!";
      stage.write("workspace/fifo.sh", `mkfifo fifo; (sleep 0.6; echo go > fifo) & ${script}`);
      const body = `
await until(() => text.includes("ready"));
await sandbox.pause();
await sandbox.pause();
await sandbox.resume();
await report({});
`;
      const found = await call(stage, body, ["bash", "fifo.sh"]);
      assert.match(String(found["text"]), /State:\tT/, JSON.stringify(found));
      assert.deepEqual(found["events"], ["run.started", "run.paused", "run.resumed", "run.exited"]);
      assert.equal(found["code"], 0);
    });

    test("a paused run can be stopped, and its command hears of it first", async (t) => {
      const stage = makeStage(t, identity);
      const body = `
await until(() => text.includes("ready"));
await sandbox.pause();
await sandbox.stop("enough");
await report({});
`;
      const script = "trap 'echo heard; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
      const found = await call(stage, body, ["bash", "-c", script]);
      assert.match(String(found["text"]), /heard/);
      assert.deepEqual([found["code"], found["reason"]], [3, "stopped"]);
    });

    test("the time limit stands still meanwhile", async (t) => {
      const stage = makeStage(t, identity);
      const body = `
await until(() => text.includes("ready"));
await sandbox.pause();
await wait(1500);
await sandbox.resume();
await report({});
`;
      const found = await call(stage, body, ["sh", "-c", "echo ready; sleep 0.3; echo done"], '{"limits.time":"1s"}');
      assert.match(String(found["text"]), /done/);
      assert.equal(found["reason"], "exit", JSON.stringify(found));
    });

    test("a pause before the command's end isn't forgotten when the command is gone", async (t) => {
      const stage = makeStage(t, identity);
      const body = `
await sandbox.exit;
const refused = await sandbox.pause().then(() => "", (error) => error.code);
await report({ refused });
`;
      const found = await call(stage, body, ["true"]);
      assert.equal(found["refused"], "run-refused");
    });
  });
}
