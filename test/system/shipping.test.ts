// The record leaves the computer by a webhook that fails in every way: each line arrives, in order, signed, and under a key by which a
// second delivery is known. What can't be delivered waits on disk, within its bound, for whoever comes next.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import { refusals, shippedRuns } from "../support/receivers/shipped.js";
import { exactLines, isSigned, Webhook } from "../support/receivers/webhook.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const KEY = "a key that nobody else has";
const TOKEN = "token-8f21c0";
const env = { HOOK_KEY: KEY, HOOK_HEADERS: `Authorization: Bearer ${TOKEN}\nX-Team: red` };

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

function setting(webhook: Webhook, more: Readonly<Record<string, unknown>> = {}) {
  return { to: webhook.url, secret: "env:HOOK_KEY", headersFrom: "env:HOOK_HEADERS", ...more };
}

for (const identity of identities) {
  describe(`shipping to a webhook, as ${identity.name}`, () => {
    test("every line arrives, byte for byte and signed, and nothing is left", { timeout: 60_000 }, async (t) => {
      const [stage, webhook] = [makeStage(t, identity), await Webhook.open(t)];
      const runs = shippedRuns(stage, [setting(webhook)]);
      const result = await runs.run(refusals(20), { env });
      assert.equal(result.code, 0, describeResult(result));
      assert.doesNotMatch(result.stderr, /wait for|weren't kept/);
      assert.deepEqual(webhook.lines(), runs.kept());
      assert.equal(webhook.events().filter(({ type }) => type === "file.protected").length, 20);
      for (const delivery of webhook.attempts) {
        assert.ok(isSigned(delivery, KEY), JSON.stringify(delivery.headers));
        assert.equal(isSigned(delivery, "another key"), false);
        assert.equal(isSigned({ ...delivery, body: `${delivery.body} ` }, KEY), false);
        assert.equal(isSigned(delivery, KEY, Date.now() + 3_600_000), false);
        assert.equal(delivery.headers["authorization"], `Bearer ${TOKEN}`);
        assert.equal(delivery.headers["x-team"], "red");
        assert.equal(JSON.parse(delivery.body).events.length, exactLines(delivery.body).length);
      }
      assert.deepEqual(filesBelow(stage.path(runs.spool)), []);
    });
  });
}

test("errors, lost connections and redirects: every line once and in order all the same", {
  timeout: 90_000,
}, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook, { batch: 7 })]);
  webhook.faults = [500, "reset", 200, "accept-and-reset", 429, 200, "redirect", 413, 200, 503];
  const result = await runs.run(`${refusals(30)}; sleep 2; ${refusals(10)}; sleep 3`, { env });
  if (result.stderr.includes("wait for")) assert.equal((await runs.ship(env)).code, 0, describeResult(result));
  assert.deepEqual(webhook.lines(), runs.kept());
  assert.equal(webhook.faults.length, 0);
  assert.ok(webhook.attempts.length >= 7 + Math.ceil(40 / 7), String(webhook.attempts.length));
  assert.ok(webhook.attempts.every((delivery) => isSigned(delivery, KEY)));
});

test("while it is down lines wait on disk, privately; a command or the next run delivers them", {
  timeout: 90_000,
}, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  await webhook.down();
  const began = performance.now();
  const result = await runs.run(refusals(10), { env });
  assert.equal(result.code, 0, describeResult(result));
  assert.ok(performance.now() - began < 15_000);
  assert.match(
    result.stderr,
    /^cordon: \d+ lines wait for http:\/\/127\.0\.0\.1:\d+\/in \(.*ECONNREFUSED.*\); the next run/m,
  );
  const first = runs.kept();
  assert.ok(result.stderr.includes(`cordon: ${first.length} lines wait`), result.stderr);
  const kept = filesBelow(stage.path(runs.spool));
  assert.ok(kept.length > 0);
  for (const file of [stage.path(runs.spool), ...kept]) assert.equal(statSync(file).mode & 0o077, 0, file);
  for (const file of kept.filter((path) => statSync(path).isFile())) {
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes(KEY) && !text.includes(TOKEN), file);
  }

  const early = await runs.ship(env);
  assert.equal(early.code, 1, describeResult(early));
  assert.match(early.stdout, new RegExp(`0 delivered, ${first.length} left \\(.*ECONNREFUSED`));
  await webhook.up();
  const unable = await runs.ship();
  assert.equal(unable.code, 1);
  assert.match(unable.stdout, /env:HOOK_HEADERS holds nothing/);
  const done = await runs.ship(env);
  assert.equal(done.code, 0, describeResult(done));
  assert.match(done.stdout, new RegExp(`to http://127.0.0.1:\\d+/in: ${first.length} delivered\n`));
  assert.deepEqual(webhook.lines(), first);
  assert.deepEqual(filesBelow(stage.path(runs.spool)), []);

  await webhook.down();
  await runs.run(refusals(3), { env });
  await webhook.up();
  // A run that ships nothing itself delivers what another left.
  shippedRuns(stage, []);
  const next = await runs.run("sleep 1", { env });
  assert.equal(next.code, 0, describeResult(next));
  await until("delivered by the next run", () => filesBelow(stage.path(runs.spool)).length === 0);
  const protectedEvents = webhook.events().filter(({ type }) => type === "file.protected");
  assert.equal(protectedEvents.length, 13);
});

test("a killed supervisor loses no line, and no other process touches the spool of a living one", {
  timeout: 90_000,
}, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  await webhook.down();
  const running = stage.startInside(["sh", "-c", `${refusals(25)}; echo ready; sleep 60`], { env });
  await until("ready", () => running.output().includes("ready"));
  const beside = await runs.ship(env);
  assert.equal(beside.stdout, "nothing waits\n");
  running.child.kill("SIGKILL");
  await running.done;
  await webhook.up();
  const done = await runs.ship(env);
  assert.equal(done.code, 0, describeResult(done));
  assert.deepEqual(webhook.lines(), runs.kept());
  assert.ok(webhook.lines().length >= 27);
});

test("a delivery that was on its way when the supervisor was killed has the same key again", {
  timeout: 90_000,
}, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  webhook.faults = ["hang"];
  const running = stage.startInside(["sh", "-c", `${refusals(5)}; sleep 60`], { env });
  await until("a delivery", () => webhook.attempts.length === 1);
  running.child.kill("SIGKILL");
  await running.done;
  assert.equal((await runs.ship(env)).code, 0);
  const [lost, again] = webhook.attempts;
  assert.equal(again?.headers["cordon-batch"], lost?.headers["cordon-batch"]);
  assert.equal(again?.body, lost?.body);
});

test("a spool that is full ends the run, and what was kept still arrives", { timeout: 90_000 }, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook, { spool: "16K" })]);
  await webhook.down();
  const result = await runs.run(`${refusals(400)}; sleep 30`, { env });
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /events can't be kept for http.*\/in any more: its spool of 16K is full/);
  await webhook.up();
  assert.equal((await runs.ship(env)).code, 0);
  const types = webhook.events().map(({ type }) => type);
  assert.ok(types.includes("alert"));
  assert.deepEqual(types.slice(-2), ["run.exited", "checkpoint"]);
  assert.deepEqual(webhook.lines(), runs.kept().slice(0, webhook.lines().length));
});

test("with onFailure: continue a full spool leaves lines out, tells, and the run goes on", {
  timeout: 90_000,
}, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook, { spool: "16K" })], {
    audit: { dir: stage.path("record"), onFailure: "continue", ship: [setting(webhook, { spool: "16K" })] },
  });
  await webhook.down();
  const result = await runs.run(`${refusals(2000)}; echo done`, { env });
  assert.equal(result.stdout, "done\n", describeResult(result));
  assert.match(result.stderr, /alert: events are no longer kept for http.*: its spool of 16K is full/);
  assert.match(result.stderr, /\d+ lines weren't kept for http/);
  await webhook.up();
  assert.equal((await runs.ship(env)).code, 0);
  // What there is begins at the beginning and has no hole in it.
  assert.deepEqual(webhook.lines(), runs.kept().slice(0, webhook.lines().length));
  assert.ok(webhook.lines().length < runs.kept().length);
});

test("what arrived is verified with nothing but the public key", { timeout: 60_000 }, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  await runs.run(refusals(20), { env });
  const run = String(webhook.events()[0]?.["run"]);
  const key = filesBelow(stage.path("record/keys")).find((file) => file.endsWith(".pub"));
  assert.ok(key !== undefined);
  const verify = (lines: readonly string[]) => {
    const file = stage.write(`elsewhere/${run}.jsonl`, lines.map((line) => `${line}\n`).join(""));
    return exec(cordonArgv("audit", "verify", file, "--key", key), { identity: ordinary });
  };
  const whole = await verify(webhook.lines());
  assert.equal(whole.code, 0, describeResult(whole));
  const changed = await verify(
    webhook.lines().map((line, index) => (index === 7 ? line.replace("guarded", "Guarded") : line)),
  );
  assert.equal(changed.code, 1, describeResult(changed));
});

test("a receiver that never answers doesn't slow the command", { timeout: 90_000 }, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  webhook.faults = Array.from({ length: 100 }, () => "hang" as const);
  const result = await runs.run(
    `start=$(date +%s%N); ${refusals(300)}; echo $(( ($(date +%s%N) - start) / 1000000 ))`,
    { env },
  );
  assert.ok(Number(result.stdout) < 10_000, result.stdout);
  assert.ok(result.stderr.includes(`${runs.kept().length} lines wait for`), result.stderr);
});

test("a key that isn't there refuses the run before anything starts", { timeout: 60_000 }, async (t) => {
  const [stage, webhook] = [makeStage(t, ordinary), await Webhook.open(t)];
  const runs = shippedRuns(stage, [setting(webhook)]);
  const result = await runs.run("echo started", { refused: true });
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /env:HOOK_HEADERS holds nothing/);
  assert.deepEqual(filesBelow(stage.path(runs.spool)), []);
  assert.equal(webhook.attempts.length, 0);
});
