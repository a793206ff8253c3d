// Real probes of this machine. They need the cordon-init that the build made (or CORDON_INIT).
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { backendStates, capabilityList } from "./capabilities.js";
import { inspectHost, probeHost } from "./facts.js";

function envFor(context: TestContext): Record<string, string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-facts-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return { PATH: process.env["PATH"], CORDON_INIT: process.env["CORDON_INIT"], XDG_CACHE_HOME: folder };
}

test("this machine answers every question of the probe", { timeout: 30_000 }, async (context) => {
  const report = await inspectHost({ env: envFor(context), detailed: true });
  assert.equal(report.init.kind, "found", report.init.kind === "found" ? "" : report.init.reason);
  assert.equal(report.answers["kernel"], report.facts.kernel.release);
  const unanswered = Object.entries(report.answers).filter(([, value]) => value === "timeout" || value === "broken");
  assert.deepEqual(unanswered, []);
  assert.equal(report.advice, undefined, report.advice?.reason);
  assert.equal(report.facts.namespaces.usable, true);
  assert.equal(report.facts.namespaces.reason, undefined);
  assert.equal(report.facts.seccomp.filter, true);
  assert.equal(backendStates(report, {})[0]?.works, true);
  assert.ok(capabilityList(report).every((each) => each.works || (each.cost !== undefined && each.get !== undefined)));
});

test("a second look uses the cache and says the same, and a spoilt cache is asked anew", {
  timeout: 30_000,
}, async (context) => {
  const env = envFor(context);
  const first = await probeHost({ env });
  const folder = join(env["XDG_CACHE_HOME"] ?? "", "cordon");
  const [name] = readdirSync(folder);
  assert.ok(name !== undefined);
  assert.deepEqual(await probeHost({ env }), first);
  writeFileSync(join(folder, name), "spoilt");
  assert.deepEqual(await probeHost({ env }), first);
});

test("without a cordon-init nothing is usable and the reason says so", async (context) => {
  const facts = await probeHost({ env: envFor(context), initPath: "/nonexistent/cordon-init" });
  assert.equal(facts.init, undefined);
  assert.equal(facts.namespaces.usable, false);
  assert.match(facts.namespaces.reason ?? "", /cordon-init/);
  assert.match(facts.namespaces.fix ?? "", /npm run build:init/);
});

test("a program that isn't a cordon-init gives no answers and is no sandbox", async (context) => {
  const facts = await probeHost({ env: envFor(context), initPath: "/usr/bin/env" });
  assert.equal(facts.namespaces.usable, false);
  assert.match(facts.namespaces.reason ?? "", /unanswered/);
});

test("from the cache the facts are there in a few milliseconds", { timeout: 30_000 }, async (context) => {
  const env = envFor(context);
  await probeHost({ env });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await probeHost({ env });
    best = Math.min(best, performance.now() - start);
  }
  assert.ok(best < 6, `${best.toFixed(1)} ms`);
});
