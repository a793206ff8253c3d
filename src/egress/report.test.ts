import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../events/types.js";
import { makeReporter } from "./report.js";

const TARGET = { host: "a.example", port: 443 };

test("events show the rule and the path without its query, escaped", () => {
  const drafts: EventDraft[] = [];
  const report = makeReporter({ emit: (draft) => drafts.push(draft), nowMs: () => 0 });
  const detail = { via: "capture", method: "GET", path: "/a\u001b[2J?token=x" } as const;
  report.allowed(TARGET, { allowed: true, origin: "network.allow.0", inspect: false }, detail);
  report.denied(TARGET, { allowed: false, code: "path", reason: "no", origin: "network.allow.1" }, { via: "socks" });
  report.nameDenied("b.example", { allowed: false, code: "no-rule", reason: "no" });
  const shown = {
    type: "network.allowed",
    ...TARGET,
    rule: "network.allow.0",
    via: "capture",
    method: "GET",
    path: "/a\\x1b[2J",
  };
  assert.deepEqual(drafts, [
    shown,
    { type: "network.denied", ...TARGET, reason: "no", code: "path", rule: "network.allow.1", via: "socks" },
    { type: "dns.denied", name: "b.example", reason: "no" },
  ]);
});

test("a flood of denials is told in full for its first part of each second, and then as a number", () => {
  const drafts: EventDraft[] = [];
  let nowMs = 0;
  const report = makeReporter({ emit: (draft) => drafts.push(draft), nowMs: () => nowMs });
  const deny = () => report.denied(TARGET, { allowed: false, code: "no-rule", reason: "no" }, { via: "capture" });
  for (let index = 0; index < 1000; index++) deny();
  assert.equal(drafts.length, 200);
  nowMs = 1000;
  deny();
  assert.deepEqual(drafts.slice(200), [
    { type: "limit.hit", limit: "events", value: 800 },
    { type: "network.denied", ...TARGET, reason: "no", code: "no-rule", via: "capture" },
  ]);
  for (let index = 0; index < 250; index++) deny();
  report.flush();
  report.flush();
  assert.deepEqual(drafts.at(-1), { type: "limit.hit", limit: "events", value: 51 });
});
