import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../events/types.js";
import { makeReporter } from "./report.js";

const TARGET = { host: "a.example", port: 443 };

test("events show the rule and the path without its query, escaped", () => {
  const drafts: EventDraft[] = [];
  const report = makeReporter((draft) => drafts.push(draft));
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

test("each denial of a flood is told", () => {
  const drafts: EventDraft[] = [];
  const report = makeReporter((draft) => drafts.push(draft));
  for (let port = 1; port <= 1000; port++)
    report.denied({ host: "a.example", port }, { allowed: false, code: "no-rule", reason: "no" }, { via: "capture" });
  assert.deepEqual(
    drafts.map((draft) => (draft.type === "network.denied" ? draft.port : 0)),
    Array.from({ length: 1000 }, (_, index) => index + 1),
  );
});
