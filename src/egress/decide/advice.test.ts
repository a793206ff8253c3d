import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ruleFor } from "../../../test/support/hosts.js";
import {
  ambiguousPath,
  deniedTarget,
  escaped,
  exceeded,
  malformedTarget,
  nameMismatch,
  networkOff,
  noRule,
  wrongMethod,
  wrongPath,
  wrongPort,
  wrongRepository,
} from "./advice.js";

test("an entry is advised as it would have to be written", () => {
  const adviceFor = (host: string, port: number) => /add "(.*?)" to/.exec(noRule({ host, port }).reason)?.[1];
  assert.equal(adviceFor("a.test", 443), "a.test");
  assert.equal(adviceFor("a.test", 22), "a.test:22");
  assert.equal(adviceFor("2001:db8::1", 443), "[2001:db8::1]");
  assert.equal(adviceFor("2001:db8::1", 22), "[2001:db8::1]:22");
});

test("quotes, backslashes and everything that isn't printable ASCII are shown escaped", () => {
  assert.equal(escaped('a"b\\c\n\u00e9\u202e\u{1f4a9}', 100), 'a\\"b\\\\c\\x0a\\xe9\\u{202e}\\u{1f4a9}');
  assert.equal(escaped("x".repeat(50), 10), `${"x".repeat(10)}...`);
  assert.equal(escaped("\0".repeat(50), 10), "\\x00\\x00...");
});

test("whatever came from inside, a reason is one bounded line of printable ASCII", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 50 }), fc.string({ minLength: 300, maxLength: 2000 }));
  fc.assert(
    fc.property(text, text, fc.nat(65_535), (host, other, port) => {
      const target = { host, port };
      const rule = ruleFor(host, {
        place: other,
        methods: [other],
        paths: [other],
        github: { repository: other, access: "read" },
      });
      const deny = { origin: "network.deny.0", place: other, host, ports: [] };
      for (const { reason } of [
        noRule(target, other),
        networkOff(target, other),
        wrongPort(target, rule, other),
        deniedTarget(target, deny),
        wrongMethod(target, other, rule),
        wrongPath(target, other, rule),
        wrongRepository(target, "pushing", rule),
        ambiguousPath(target, "a dot segment", rule),
        malformedTarget(host),
        nameMismatch(target, other, "sni"),
        exceeded("rate", { limit: "network.limits.requests", value: 1 }, rule),
      ])
        assert.match(reason, /^[\x20-\x7e]{20,600}$/);
    }),
  );
});
