// Alerts of real runs: told on a real session bus, on the terminal and to a webhook; holding a run, and ending it. Judged from outside.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { notifyCommand } from "../../src/audit/alerts/desktop.js";
import { cordonArgv, describeResult, exec, type Result, type Running } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { allProcesses, commandLine } from "../support/processes.js";
import { lackingDesktop, startDesktop } from "../support/receivers/desktop.js";
import { refusals } from "../support/receivers/shipped.js";
import { isSigned, Webhook } from "../support/receivers/webhook.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

type Told = Readonly<Record<string, unknown>>;
type Env = Readonly<Record<string, string>>;

const GUARDED = "file.protected";

/** A run under these alerts, whose events are kept. */
function alerted(stage: Stage, alerts: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) {
  const audit = { dir: stage.path("record") };
  stage.write(
    "policy.yaml",
    JSON.stringify({ version: 1, name: "test", workspace: { protect: ["guarded"] }, audit, alerts, ...more }),
  );
  const flags = ["--events", stage.path("events")];
  return {
    run: (script: string, env: Env = {}): Promise<Result> => stage.inside(["sh", "-c", script], { flags, env }),
    start: (script: string, env: Env = {}): Running => stage.startInside(["sh", "-c", script], { flags, env }),
    quietly: (script: string, env: Env = {}): Promise<Result> =>
      stage.inside(["sh", "-c", script], { flags: [...flags, "--quiet"], env }),
    alerts: (): readonly Told[] => eventsOf(stage).filter(({ type }) => type === "alert"),
  };
}

function eventsOf(stage: Stage): readonly Told[] {
  if (!stage.exists("events")) return [];
  return readFileSync(stage.path("events"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === "object" && value !== null);
      return { ...value };
    });
}

test("too many refusals: one alert in the record, on the desktop and on the terminal", {
  timeout: 60_000,
}, async (t) => {
  const lack = await lackingDesktop();
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const desktop = await startDesktop(t, stage);
  const runs = alerted(stage, [{ on: GUARDED, over: "3/m", do: ["notify"] }]);
  const few = await runs.run(refusals(3), desktop.env);
  assert.deepEqual(runs.alerts(), []);
  assert.doesNotMatch(few.stderr, /alert/);

  const result = await runs.run(refusals(50), desktop.env);
  assert.equal(result.code, 0, describeResult(result));
  const message = `file.protected more than 3 times in 1m: ${stage.path("workspace/guarded")}`;
  const [alert, ...more] = runs.alerts();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [alert?.["on"], alert?.["message"], alert?.["rule"], alert?.["do"]],
    [GUARDED, message, "alerts.1", ["notify"]],
  );
  assert.equal(
    result.stderr.split("\n").filter((line) => line === `cordon: alert: ${message}`).length,
    1,
    result.stderr,
  );
  assert.deepEqual(desktop.notifications(), [
    { application: "Cordon", title: "Cordon: sh", text: message, urgency: 2 },
  ]);

  const quiet = await runs.quietly(refusals(50), desktop.env);
  assert.equal(quiet.stderr, "");
  assert.equal(desktop.notifications().length, 2);
});

test("each program that speaks to the bus shows the same, whatever is in the text", { timeout: 60_000 }, async (t) => {
  const lack = await lackingDesktop();
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const desktop = await startDesktop(t, stage);
  const text = `-x --help '"$(touch ${stage.path("pwned")})"' \\ <a href="x">& \u001b]0;x\u0007 ünï`;
  for (const program of ["notify-send", "busctl", "gdbus"]) {
    const command = notifyCommand({ title: "-t", text }, desktop.env, (path) => path === `/usr/bin/${program}`);
    assert.ok(command !== undefined);
    const result = await exec(command.argv, { identity: ordinary, env: command.env });
    assert.equal(result.code, 0, `${program}: ${describeResult(result)}`);
  }
  const shown = desktop.notifications();
  assert.equal(shown.length, 3);
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  for (const each of shown) {
    assert.equal(each.text, escaped.replace("\u001b", "\\x1b").replace("\u0007", "\\x07"));
    assert.deepEqual([each.application, each.title, each.urgency], ["Cordon", "-t", 2]);
  }
  assert.equal(stage.exists("pwned"), false);
});

test("a storm of events is a few alerts, and no desktop at all is no error", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const runs = alerted(stage, [{ on: GUARDED, do: ["notify"] }]);
  const result = await runs.run(refusals(500), { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" });
  assert.equal(result.code, 0, describeResult(result));
  assert.ok(runs.alerts().length >= 1 && runs.alerts().length <= 3, String(runs.alerts().length));
});

test("an alert stops the run", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const runs = alerted(stage, [{ on: GUARDED, path: "**/guarded", do: ["stop"] }]);
  const result = await runs.run(`${refusals(1)}; sleep 60`);
  assert.match(result.stderr, /^cordon: stopped by an alert: file\.protected of \*\*\/guarded: \/.*guarded$/m);
  assert.equal(eventsOf(stage).at(-1)?.["reason"], "stopped");
  assert.deepEqual(
    runs.alerts().map(({ rule }) => rule),
    ["alerts.1"],
  );
});

test("an alert holds the run, until somebody lets it go on", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const runs = alerted(stage, [{ on: GUARDED, do: ["pause"] }]);
  const running = runs.start(`${refusals(1)}; while :; do date +%N; sleep 0.05; done`);
  await until("a pause", () => eventsOf(stage).some(({ type }) => type === "run.paused"));
  const before = running.output();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(running.output(), before);
  assert.match(running.errors(), /paused by an alert: file\.protected: .*; cordon resume \S+ lets it go on/);
  const id = String(eventsOf(stage)[0]?.["run"]);
  const resumed = await exec(cordonArgv("resume", id), { identity: ordinary });
  assert.equal(resumed.code, 0, describeResult(resumed));
  await until("more output", () => running.output() !== before);
  await exec(cordonArgv("stop", id), { identity: ordinary });
  assert.equal((await running.done).signal, null);
});

test("a webhook is told, signed with the key of audit.ship, also when it fails at first", {
  timeout: 60_000,
}, async (t) => {
  const [stage, webhook, other] = [makeStage(t, ordinary), await Webhook.open(t), await Webhook.open(t)];
  const rule = { on: GUARDED, over: "1/m", do: ["webhook", `webhook:${other.url}`] };
  const audit = { dir: stage.path("record"), ship: [{ to: webhook.url, secret: "env:HOOK_KEY" }] };
  const runs = alerted(stage, [rule], { audit });
  other.faults = [500, "reset"];
  const result = await runs.run(`${refusals(2)}; sleep 2`, { HOOK_KEY: "a key" });
  assert.equal(result.code, 0, describeResult(result));
  const [alert] = runs.alerts();
  const isAlert = ({ headers }: (typeof webhook.attempts)[number]) =>
    String(headers["cordon-batch"]).includes(".alert.");
  const [told] = webhook.attempts.filter(isAlert);
  assert.ok(told !== undefined && isSigned(told, "a key"));
  assert.deepEqual(JSON.parse(told.body).events, [alert]);
  assert.deepEqual(other.events(), [alert]);
  assert.equal(other.attempts.length, 3);
  assert.equal(other.attempts[0]?.headers["cordon-signature"], undefined);
});

test("processor time and memory: what is used too long or too much ends the run", { timeout: 90_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const busy = alerted(stage, [{ on: "cpu", over: "15%", for: "1s", do: ["stop"] }]);
  const burnt = await busy.run("timeout 40 sh -c 'while :; do :; done'");
  assert.match(burnt.stderr, /stopped by an alert: cpu over 15% for 1s \(now \d+%\)/, describeResult(burnt));
  const large = alerted(stage, [{ on: "memory", over: "100M", for: "1s", do: ["stop"] }]);
  const held = await large.run("timeout 40 python3 -c 'import time; x = bytearray(150_000_000); time.sleep(40)'");
  assert.match(held.stderr, /stopped by an alert: memory over 100M for 1s \(now 1\d\d(\.\d)?M\)/, describeResult(held));
  const calm = alerted(stage, [
    { on: "cpu", over: "15%", for: "1s", do: ["stop"] },
    { on: "memory", over: "100M", for: "1s", do: ["stop"] },
  ]);
  assert.equal((await calm.run("sleep 3; echo done")).stdout, "done\n");
  assert.ok(!allProcesses().some((one) => one.state !== "Z" && commandLine(one.pid).includes(stage.root)));
});
