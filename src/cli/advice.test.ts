import assert from "node:assert/strict";
import { test } from "node:test";
import { makeJudge } from "../egress/decide/judge.js";
import type { Event } from "../events/types.js";
import type { NetworkRule, PlannedNetwork } from "../plan/types.js";
import { Advice } from "./advice.js";

const rule: NetworkRule = {
  host: "api.example.com",
  ports: [443],
  methods: ["GET"],
  paths: ["/v1/**"],
  inspect: true,
  filter: "block",
  origin: "network.allow.0",
  place: "/w/cordon.yaml:4:7",
};
const network: PlannedNetwork = {
  mode: "allowlist",
  rules: [rule],
  deny: [],
  limits: {},
  patterns: [],
  upstreamCa: [],
  blocklists: [],
  capture: "transparent",
  inspects: true,
  listeners: [],
  publish: [],
  sockets: [],
};
const judge = makeJudge(network, { policyFile: "/w/cordon.yaml" });

function denied(host: string, port: number, more: { method?: string; path?: string } = {}): Event {
  const { method = "GET", path = "/v1/x" } = more;
  const verdict = judge.request({ host, port }, { method, path, headers: {} });
  assert.ok(!verdict.allowed);
  const { reason, code, origin } = verdict;
  const event = { seq: 1, time: "", run: "", type: "network.denied", host, port, reason, code, path } as const;
  return origin === undefined ? event : { ...event, rule: origin };
}

test("what was denied is told with the exact line that would allow it, out of the reasons that the egress path gives", () => {
  const advice = new Advice();
  for (const event of [
    denied("pypi.org", 443),
    denied("pypi.org", 443),
    denied("db.example.com", 5432),
    denied("api.example.com", 8443),
    denied("api.example.com", 443, { method: "POST" }),
    denied("api.example.com", 443, { path: "/admin" }),
  ])
    advice.see(event);
  assert.deepEqual(advice.lines(), [
    "to allow what is meant, add to network.allow in /w/cordon.yaml:",
    "  - pypi.org",
    "  - db.example.com:5432",
    "  - api.example.com:8443",
    "  or for one run: --allow pypi.org --allow db.example.com:5432 --allow api.example.com:8443",
    "rules that were too narrow:",
    "  network.allow.0.methods: [POST]",
    '  network.allow.0.paths: ["/admin"]',
  ]);
});

test("nothing denied, nothing told; very much denied, a few lines", () => {
  assert.deepEqual(new Advice().lines(), []);
  const advice = new Advice();
  for (let index = 0; index < 500; index++) advice.see(denied(`h${index}.example.org`, 443));
  assert.equal(advice.lines().length, 8);
  assert.ok(advice.lines().join("").length < 600);
});
