import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf, ruleFor } from "../../../test/support/hosts.js";
import type { NetworkDeny, NetworkRule, PlannedNetwork } from "../../plan/types.js";
import type { Verdict } from "../types.js";
import { makeJudge } from "./judge.js";

const FILE = "/work/cordon.yaml";
const judgeOf = (rules: readonly NetworkRule[], more: Partial<PlannedNetwork> = {}) =>
  makeJudge(networkOf(rules, more), { policyFile: FILE });
const deny = (host: string, ports: readonly number[] = []): NetworkDeny => ({
  origin: "network.deny.0",
  place: "/work/cordon.yaml:9:7",
  host,
  ports,
});
const at = (host: string, port = 443) => ({ host, port });
const get = (path: string, method = "GET") => ({ method, path, headers: {} });
const codeOf = (verdict: Verdict) => (verdict.allowed ? "allowed" : verdict.code);

const api = ruleFor("api.example.com");
const inspected = ruleFor("api.example.com", {
  inspect: true,
  methods: ["GET"],
  paths: ["/repos/me/**"],
  origin: "network.allow.1",
});

test("a host is reached at the ports of its rule, and nothing else is", () => {
  const judge = judgeOf([api, ruleFor("*.example.org", { ports: [443], origin: "network.allow.1" })]);
  const verdict = judge.target(at("api.example.com"));
  assert.deepEqual(verdict, { allowed: true, rule: api, origin: "network.allow.0", inspect: false });
  assert.equal(codeOf(judge.target(at("a.example.org"))), "allowed");
  assert.equal(codeOf(judge.target(at("example.org"))), "no-rule");
  assert.equal(codeOf(judge.target(at("a.example.org", 80))), "port");
  assert.equal(codeOf(judge.target(at("127.0.0.1"))), "no-rule");
  for (const port of [0, -1, 65_536, 443.5, Number.NaN])
    assert.equal(codeOf(judge.target(at("api.example.com", port))), "malformed");
});

test("a refusal tells what to ask the user for, and where the rule stands", () => {
  const judge = judgeOf([api]);
  const evil = judge.target(at("api.evil.test"));
  assert.ok(!evil.allowed);
  assert.equal(
    evil.reason,
    `api.evil.test:443 isn't allowed by the policy; ask your user to add "api.evil.test" to network.allow in ${FILE}`,
  );
  const port = judge.target(at("api.example.com", 8443));
  assert.ok(!port.allowed);
  assert.deepEqual([port.code, port.origin, port.place], ["port", "network.allow.0", "/work/cordon.yaml:4:7"]);
  assert.ok(port.reason.includes('add "api.example.com:8443"'));
});

test("no network and an empty list reach nothing", () => {
  for (const judge of [judgeOf([]), judgeOf([api], { mode: "none" })]) {
    assert.equal(codeOf(judge.target(at("api.example.com"))), "no-rule");
    assert.equal(codeOf(judge.name("api.example.com")), "no-rule");
    assert.equal(codeOf(judge.request(at("api.example.com"), get("/"))), "no-rule");
  }
});

test("a rule without ports, methods or paths in its lists allows none of them", () => {
  assert.equal(codeOf(judgeOf([{ ...api, ports: [] }]).target(at("api.example.com"))), "port");
  assert.equal(codeOf(judgeOf([{ ...api, ports: [] }]).name("api.example.com")), "no-rule");
  const judge = judgeOf([
    { ...inspected, methods: [] },
    { ...inspected, paths: [] },
  ]);
  assert.equal(codeOf(judge.request(at("api.example.com"), get("/repos/me/x"))), "method");
});

test("deny beats allow, by port and by pattern, and tells its own place", () => {
  const judge = judgeOf([ruleFor("*.example.com")], {
    deny: [deny("api.example.com", [80]), deny("*.bad.example.com")],
  });
  assert.equal(codeOf(judge.target(at("api.example.com"))), "allowed");
  const verdict = judge.target(at("api.example.com", 80));
  assert.ok(!verdict.allowed);
  assert.deepEqual([verdict.code, verdict.origin], ["denied-by-rule", "network.deny.0"]);
  assert.equal(codeOf(judge.target(at("x.bad.example.com"))), "denied-by-rule");
  assert.equal(codeOf(judge.request(at("x.bad.example.com"), get("/"))), "denied-by-rule");
});

test("a name is answered when some port of it is allowed and not denied", () => {
  const judge = judgeOf([ruleFor("*.example.com")], {
    deny: [
      deny("one.example.com", [80]),
      deny("all.example.com"),
      deny("both.example.com", [443]),
      deny("both.example.com", [80]),
    ],
  });
  assert.equal(codeOf(judge.name("one.example.com")), "allowed");
  assert.equal(codeOf(judge.name("all.example.com")), "denied-by-rule");
  assert.equal(codeOf(judge.name("both.example.com")), "denied-by-rule");
  assert.equal(codeOf(judge.name("example.com")), "no-rule");
  assert.equal(codeOf(judge.name("a.example.com.")), "malformed");
});

test("open mode is everything but deny; rules add inspection and upstreams and take nothing away", () => {
  const connect = { host: "127.0.0.1", port: 8080 };
  const judge = judgeOf([{ ...inspected, connect }], {
    mode: "open",
    deny: [deny("ads.test", [443]), deny("bad.test")],
  });
  assert.deepEqual(judge.target(at("any.test", 22)), { allowed: true, origin: "network.mode", inspect: false });
  assert.equal(codeOf(judge.target(at("192.0.2.1"))), "allowed");
  assert.equal(codeOf(judge.target(at("ads.test"))), "denied-by-rule");
  assert.equal(codeOf(judge.name("ads.test")), "allowed");
  assert.equal(codeOf(judge.name("bad.test")), "denied-by-rule");
  const verdict = judge.request(at("api.example.com"), get("/elsewhere", "POST"));
  assert.deepEqual(verdict, { allowed: true, origin: "network.mode", inspect: true, connect });
  assert.equal(codeOf(judge.request(at("api.example.com"), get("/a/../b"))), "ambiguous");
});

test("an address is reached by a rule that names exactly it", () => {
  const judge = judgeOf([ruleFor("192.0.2.1"), ruleFor("2001:db8::1"), ruleFor("*.0.2.2")]);
  assert.equal(codeOf(judge.target(at("192.0.2.1"))), "allowed");
  assert.equal(codeOf(judge.target(at("2001:db8::1"))), "allowed");
  for (const host of ["192.0.2.2", "192.0.2.10", "2001:db8::2"])
    assert.equal(codeOf(judge.target(at(host))), "no-rule");
  for (const host of ["[2001:db8::1]", "2001:DB8::1", "2001:db8:0::1", "192.0.2.01", "API.example.com", "a\0b"])
    assert.equal(codeOf(judge.target(at(host))), "malformed", host);
});

test("TLS is opened when any rule that covers the target says so", () => {
  const github = { repository: "o/r", access: "read" } as const;
  for (const second of [inspected, { ...api, github }]) {
    const verdict = judgeOf([api, second]).target(at("api.example.com"));
    assert.ok(verdict.allowed && verdict.inspect && verdict.rule === api);
  }
});

test("a request goes by the first rule that accepts it, and to the target's own upstream", () => {
  const connect = { unix: "/run/llm.sock" };
  const posts = { ...inspected, methods: ["POST"], paths: ["/v1/*"], origin: "network.allow.2", connect };
  const judge = judgeOf([inspected, posts]);
  for (const [facts, origin] of [
    [get("/repos/me/x?y"), "network.allow.1"],
    [get("/v1/a", "POST"), "network.allow.2"],
  ] as const) {
    const verdict = judge.request(at("api.example.com"), facts);
    assert.ok(verdict.allowed);
    assert.deepEqual([verdict.origin, verdict.connect], [origin, connect]);
  }
  for (const [facts, code, origin] of [
    [get("/repos/me/x", "DELETE"), "method", "network.allow.1"],
    [get("/v1/a"), "method", "network.allow.2"],
    [get("/other"), "path", "network.allow.1"],
    [get("/other", "POST"), "path", "network.allow.2"],
    [get("/%72epos/me/x", "get"), "method", "network.allow.1"],
    [get("/repos/me/../you"), "ambiguous", "network.allow.1"],
    [get("/repos/me/a%2fb"), "ambiguous", "network.allow.1"],
  ] as const) {
    const verdict = judge.request(at("api.example.com"), facts);
    assert.ok(!verdict.allowed);
    assert.deepEqual([verdict.code, verdict.origin], [code, origin], facts.path);
  }
});

test("a rule that judges nothing covers any request, but an opened connection has no path of two readings", () => {
  const plain = judgeOf([api]);
  assert.equal(codeOf(plain.request(at("api.example.com"), get("/a/../b", "PURGE"))), "allowed");
  const opened = judgeOf([{ ...api, inspect: true }]);
  for (const path of ["/a/../b", "/%2e%2e", "/a\\b", "/a#b", "a", "*"])
    assert.equal(codeOf(opened.request(at("api.example.com"), get(path))), "ambiguous", path);
  for (const path of ["/@scope%2fname", "/a//b", "/a;b"])
    assert.equal(codeOf(opened.request(at("api.example.com"), get(path))), "allowed", path);
  assert.equal(codeOf(opened.request(at("api.example.com"), get("*", "OPTIONS"))), "allowed");
});

test("methods and paths are judged as they are, and headers can't make others of them", () => {
  const judge = judgeOf([{ ...inspected, methods: ["POST"] }]);
  const post = (headers: Record<string, string | string[]>) =>
    codeOf(judge.request(at("api.example.com"), { method: "POST", path: "/repos/me/x", headers }));
  assert.equal(post({}), "allowed");
  assert.equal(post({ "x-http-method-override": "POST" }), "allowed");
  assert.equal(post({ "x-http-method-override": "DELETE" }), "method");
  assert.equal(post({ "x-method-override": ["POST", "DELETE"] }), "method");
  assert.equal(post({ x_http_method_override: "DELETE" }), "method");
  assert.equal(post({ "x-original-url": "/repos/me/x" }), "allowed");
  assert.equal(post({ "x-original-url": "/user" }), "path");
  assert.equal(post({ x_rewrite_url: ["/repos/me/x", "/user"] }), "path");
  for (const method of ["", "GET /", "G\0", "x".repeat(100)])
    assert.equal(codeOf(judge.request(at("api.example.com"), get("/", method))), "malformed");
});

test("an exception inside a decision is a denial", () => {
  const broken = new Proxy(api, {
    get: () => {
      throw new Error("broken");
    },
  });
  const judge = judgeOf([broken]);
  assert.equal(codeOf(judge.target(at("api.example.com"))), "internal");
  assert.equal(codeOf(judge.name("api.example.com")), "internal");
  assert.equal(codeOf(judge.request(at("api.example.com"), get("/"))), "internal");
});

const host = fc.constantFrom("a.test", "b.a.test", "c.test", "192.0.2.1", "*.a.test", "*.test");
const ports = fc.subarray([22, 80, 443]);
const rule = fc
  .record({ host, ports, inspect: fc.boolean(), methods: fc.option(fc.subarray(["GET", "POST"]), { nil: undefined }) })
  .map(({ methods, ...rest }) => ruleFor(rest.host, { ...rest, ...(methods === undefined ? {} : { methods }) }));
const denial = fc.record({ host, ports }).map((each) => deny(each.host, each.ports));
const mode = fc.constantFrom("none", "allowlist", "open");
const asked = fc.record({
  host: fc.constantFrom("a.test", "b.a.test", "c.test", "192.0.2.1"),
  port: fc.constantFrom(22, 80, 443),
});

test("the order of rules changes no answer; a denial more allows nothing more; a rule more shuts nothing but by inspection", () => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 4 }),
      fc.array(denial, { maxLength: 2 }),
      mode,
      asked,
      (rules, denies, how, target) => {
        const more = { mode: how, deny: denies } as const;
        const facts = get("/x");
        const answers = (judge: ReturnType<typeof makeJudge>) =>
          [judge.target(target), judge.request(target, facts), judge.name(target.host)].map(({ allowed }) => allowed);
        const now = answers(judgeOf(rules, more));
        assert.deepEqual(answers(judgeOf(rules.toReversed(), { ...more, deny: denies.toReversed() })), now);
        // A target is needed for a request, and a name for a target.
        const [reached, requested, named] = now;
        assert.ok(!requested || reached);
        assert.ok(!reached || named);
        const narrower = answers(judgeOf(rules, { ...more, deny: [...denies, deny(target.host)] }));
        assert.deepEqual(narrower, [false, false, false]);
        const wider = answers(judgeOf([...rules, ruleFor("c.test")], more));
        for (const [index, allowed] of now.entries()) assert.ok(!allowed || wider[index]);
        if (how === "none") assert.ok(!now.includes(true));
      },
    ),
    { numRuns: 2000 },
  );
});
