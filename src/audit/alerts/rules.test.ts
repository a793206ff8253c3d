import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event, EventDraft } from "../../events/types.js";
import { AlertRules } from "./rules.js";

const BASE = { seq: 1, time: "2000-01-01T00:00:00.000Z", run: "r" };
const made = (draft: EventDraft): Event => ({ ...BASE, ...draft });
const denied = (host = "evil.test") => made({ type: "network.denied", host, port: 443, reason: "no" });
const messages = (firings: readonly { readonly message: string }[]) => firings.map(({ message }) => message);

test("more often than allowed, and then not again within the span", () => {
  const rules = new AlertRules([{ on: "network.denied", over: { count: 3, perMs: 1000 }, do: ["notify"] }]);
  const fired = Array.from({ length: 10 }, (_, index) => rules.see(denied(), index * 10).length);
  assert.deepEqual(fired, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(messages(rules.see(denied(), 2000)), []);
  for (const time of [2001, 2002]) rules.see(denied(), time);
  assert.deepEqual(messages(rules.see(denied(), 2003)), [
    "network.denied more than 3 times in 1s: evil.test:443, and 6 more since the last alert",
  ]);
});

test("the window slides: no span holds more than the count without an alert, and no alert comes without one", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (gaps, count) => {
      const perMs = 1000;
      const rules = new AlertRules([{ on: "network.denied", over: { count, perMs }, do: ["notify"] }]);
      const times: number[] = [];
      let quietUntil = Number.NEGATIVE_INFINITY;
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        times.push(now);
        const tooMany = times.filter((time) => now - time < perMs).length > count;
        const expected = tooMany && now >= quietUntil;
        if (expected) quietUntil = now + perMs;
        assert.equal(rules.see(denied(), now).length, expected ? 1 : 0);
      }
    }),
  );
});

test("a rule without a rate tells the first, and counts the rest for a while", () => {
  const rules = new AlertRules([{ on: "file.canary", do: ["notify", "stop"] }]);
  const touch = (nowMs: number) =>
    rules.see(made({ type: "file.canary", path: "/h/.ssh/id_\u001b[1m", exact: true }), nowMs);
  assert.deepEqual(touch(0), [
    { rule: "alerts.0", on: "file.canary", message: "file.canary: /h/.ssh/id_\\x1b[1m", do: ["notify", "stop"] },
  ]);
  assert.deepEqual(touch(5_000), []);
  assert.match(messages(touch(10_000))[0] ?? "", /and 1 more since/);
});

test("hosts and paths are told apart", () => {
  const rules = new AlertRules([
    { on: "network.denied", host: "*.evil.test", do: ["notify"] },
    { on: "file.protected", path: "**/.git/**", do: ["notify"] },
    { on: "dns.denied", host: "evil.test", do: ["notify"] },
  ]);
  const count = (event: Event) => rules.see(event, 0).length;
  assert.equal(count(denied("evil.test")), 0);
  assert.equal(count(denied("a.evil.test")), 1);
  assert.equal(count(made({ type: "dns.denied", name: "EVIL.test", reason: "no" })), 1);
  const write = (path: string) => made({ type: "file.protected", path, operation: "open", action: "refused" });
  assert.equal(count(write("/w/.vscode/x")), 0);
  assert.equal(count(write("/w/.git/hooks/x")), 1);
});

test("use must last, and is told once until it has been below", () => {
  const rules = new AlertRules([
    { on: "cpu", above: { share: 0.9 }, forMs: 1000, do: ["pause"] },
    { on: "memory", above: { share: 0.5 }, forMs: 0, do: ["notify"] },
    { on: "memory", above: { bytes: 800 }, forMs: 0, do: ["notify"] },
  ]);
  const look = (cpu: number | undefined, memoryBytes: number, nowMs: number) =>
    messages(rules.look({ ...(cpu === undefined ? {} : { cpu }), memoryBytes, ofBytes: 1000 }, nowMs));
  assert.deepEqual(look(undefined, 10, 0), []);
  assert.deepEqual(look(1.5, 600, 100), ["memory over 50% for 0s (now 600)"]);
  assert.deepEqual(look(0.5, 900, 900), ["memory over 800 for 0s (now 900)"]);
  assert.deepEqual(look(1.5, 900, 1000), []);
  assert.deepEqual(look(1.5, 900, 2000), ["cpu over 90% for 1s (now 150%)"]);
  assert.deepEqual(look(1.5, 10, 3000), []);
  assert.deepEqual(look(0.1, 600, 4000), ["memory over 50% for 0s (now 600)"]);
});

test("alerts are no events that a rule is about", () => {
  const rules = new AlertRules([{ on: "alert", do: ["notify"] }]);
  assert.equal(rules.see(denied(), 0).length, 0);
});

test("a storm costs no memory and little time", () => {
  const rules = new AlertRules([{ on: "network.denied", over: { count: 10_000, perMs: 86_400_000 }, do: ["notify"] }]);
  const began = performance.now();
  let fired = 0;
  for (let index = 0; index < 200_000; index++) fired += rules.see(denied(), index).length;
  assert.equal(fired, 1);
  assert.ok(performance.now() - began < 5_000);
});
