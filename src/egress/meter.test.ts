import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf, ruleFor } from "../../test/support/hosts.js";
import type { NetworkRule, PlannedNetwork } from "../plan/types.js";
import { DEFAULT_CONNECTIONS, makeMeter } from "./meter.js";

function metered(rules: readonly NetworkRule[], limits: PlannedNetwork["limits"]) {
  const clock = { nowMs: 1_000_000 };
  const hits: (readonly [string, number])[] = [];
  const meter = makeMeter(networkOf(rules, { limits }), {
    nowMs: () => clock.nowMs,
    hit: (limit, value) => hits.push([limit, value]),
  });
  return { clock, hits, meter };
}

test("a rate allows its number in any span of its length, and no more", () => {
  const { clock, meter } = metered([], { requests: { count: 3, perMs: 60_000 } });
  for (let i = 0; i < 3; i++) assert.equal(meter.request(undefined), undefined);
  assert.equal(meter.request(undefined)?.code, "rate");
  clock.nowMs += 59_999;
  assert.equal(meter.request(undefined)?.code, "rate");
  clock.nowMs += 1000;
  for (let i = 0; i < 3; i++) assert.equal(meter.request(undefined), undefined);
  assert.equal(meter.request(undefined)?.origin, "network.limits.requests");
});

test("whenever requests come, no span has more than the rate, and who waits a span and a slot is served", () => {
  const waits = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 9 }), (steps, count) => {
      const perMs = 1000;
      const { clock, meter } = metered([], { requests: { count, perMs } });
      const served: number[] = [];
      for (const step of steps) {
        clock.nowMs += step;
        const recent = served.filter((at) => clock.nowMs - at < perMs);
        const known = served.filter((at) => clock.nowMs - at < perMs + perMs / 64 + 1);
        const allowed = meter.request(undefined) === undefined;
        if (allowed) {
          served.push(clock.nowMs);
          assert.ok(recent.length < count);
        } else assert.ok(known.length >= count);
      }
    }),
  );
});

test("a rule's rate counts for it alone, for all rules of one line together, and a refusal uses nothing up", () => {
  const rate = { count: 2, perMs: 1000 };
  const [one, other] = [ruleFor("github.com", { rate }), ruleFor("api.github.com", { rate })];
  const { meter } = metered([one, other], { requests: { count: 4, perMs: 1000 } });
  assert.equal(meter.request(one), undefined);
  assert.equal(meter.request(other), undefined);
  for (let i = 0; i < 5; i++) assert.equal(meter.request(one)?.origin, "network.allow.0.rate");
  assert.equal(meter.request(undefined), undefined);
  assert.equal(meter.request(undefined), undefined);
  assert.equal(meter.request(undefined)?.origin, "network.limits.requests");
});

test("bytes are counted over the whole run, in both directions apart", () => {
  const { meter } = metered([], { uploadBytes: 100, downloadBytes: 10 });
  assert.equal(meter.upload(60), undefined);
  assert.equal(meter.upload(40), undefined);
  assert.equal(meter.upload(1)?.code, "quota");
  assert.equal(meter.download(10), undefined);
  assert.equal(meter.download(1)?.origin, "network.limits.download");
  assert.equal(meter.download(0)?.code, "quota");
});

test("one request may send what its rule allows", () => {
  const rule = ruleFor("a.test", { maxUploadBytes: 10 });
  const { meter } = metered([rule], {});
  assert.equal(meter.upload(10, rule, 10), undefined);
  assert.equal(meter.upload(1, rule, 11)?.origin, "network.allow.0.maxUpload");
  assert.equal(meter.upload(5, rule, 5), undefined);
  assert.equal(meter.upload(11, rule)?.code, "quota");
  assert.equal(meter.upload(1000), undefined);
});

test("a count that isn't one is as if everything had been used", () => {
  const { meter } = metered([], { uploadBytes: 100 });
  assert.equal(meter.upload(Number.NaN)?.code, "quota");
  assert.equal(meter.upload(0)?.code, "quota");
});

test("a place among the connections comes back once, however often it is given back", () => {
  const { meter } = metered([], { connections: 2 });
  const [one, two] = [meter.connection(), meter.connection()];
  assert.ok(one.allowed && two.allowed);
  assert.ok(!meter.connection().allowed);
  one.release();
  one.release();
  assert.ok(meter.connection().allowed);
  assert.ok(!meter.connection().allowed);
});

test("2,000 tunnels fit where the policy says nothing", () => {
  const { meter } = metered([], {});
  for (let i = 0; i < DEFAULT_CONNECTIONS; i++) assert.ok(meter.connection().allowed);
  const denied = meter.connection();
  assert.ok(!denied.allowed && denied.code === "connections");
  assert.ok(DEFAULT_CONNECTIONS >= 2000);
});

test("hits are told once a second for each limit", () => {
  const { clock, hits, meter } = metered([], { connections: 1, downloadBytes: 1 });
  meter.connection();
  for (let i = 0; i < 10; i++) {
    meter.connection();
    meter.download(1);
  }
  assert.deepEqual(hits, [
    ["network.limits.connections", 1],
    ["network.limits.download", 1],
  ]);
  clock.nowMs += 1000;
  meter.connection();
  assert.equal(hits.length, 3);
});
