import assert from "node:assert/strict";
import { test } from "node:test";
import { blocklistsOf, judgeOf } from "./fixture.js";
import { withNameChecks } from "./guard.js";

test("connections and requests are held to blocklists and labels as look-ups are", () => {
  const checks = { blocklists: blocklistsOf("ads.example.org CNAME .\ntcp.example.org CNAME rpz-tcp-only.\n") };
  const judge = withNameChecks(judgeOf("*.example.org"), checks);
  const request = { method: "GET", path: "/", headers: {} };
  const codes = (host: string) =>
    [judge.name(host), judge.target({ host, port: 443 }), judge.request({ host, port: 443 }, request)].map((verdict) =>
      verdict.allowed ? "allowed" : verdict.code,
    );
  assert.deepEqual(codes("www.example.org"), ["allowed", "allowed", "allowed"]);
  assert.deepEqual(codes("tcp.example.org"), ["allowed", "allowed", "allowed"]);
  assert.deepEqual(codes("ads.example.org"), ["blocklist", "blocklist", "blocklist"]);
  assert.deepEqual(codes(`${"0123456789abcdef".repeat(3)}.example.org`), ["label", "label", "label"]);
  assert.deepEqual(codes("evil.example"), ["no-rule", "no-rule", "no-rule"]);
});

test("a reason is one line of printable ASCII, whatever the file is called and however long the name is", () => {
  const host = `${"a.".repeat(100)}example.org`;
  const judge = withNameChecks(judgeOf("*.example.org"), { blocklists: blocklistsOf("*.example.org CNAME .\n") });
  const verdict = judge.name(host);
  assert.ok(!verdict.allowed);
  assert.match(verdict.reason, /^[\x20-\x7e]{1,400}$/);
});
