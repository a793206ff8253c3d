import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  hostCovers,
  hostMatches,
  readConnect,
  readEndpoint,
  readForward,
  readHost,
  readHostPattern,
  readHostRule,
} from "./hosts.js";

const value = <T>(read: { readonly ok: true; readonly value: T } | { readonly ok: false }): T | undefined =>
  read.ok ? read.value : undefined;

for (const [text, host, port] of [
  ["api.example.com", "api.example.com", undefined],
  ["API.Example.COM:443", "api.example.com", 443],
  ["*.example.org:8443", "*.example.org", 8443],
  ["*.Example.org", "*.example.org", undefined],
  ["bücher.example", "xn--bcher-kva.example", undefined],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", undefined],
  ["127.0.0.1:11434", "127.0.0.1", 11434],
  ["[2001:db8::1]:443", "2001:db8::1", 443],
  ["[::1]", "::1", undefined],
  ["localhost", "localhost", undefined],
  ["a.b:65535", "a.b", 65535],
] as const) {
  test(`the host ${text} is read as ${host}`, () => {
    assert.deepEqual(value(readHostRule(text)), { host, port });
  });
}

for (const text of [
  "",
  " ",
  "*",
  "**",
  "*.",
  "*.*.com",
  "a.*.com",
  "*example.com",
  "*.127.0.0.1",
  "http://example.com",
  "example.com/",
  "example.com/x",
  "user@example.com",
  "user:pw@example.com",
  "example.com.",
  ".example.com",
  "a..b",
  "-a.com",
  "a-.com",
  "exa_mple.com",
  "exa mple.com",
  "example.com\0",
  "a\0.example.com",
  "example.com\n",
  "example.com:",
  "example.com:0",
  "example.com:65536",
  "example.com:+1",
  "example.com:0443",
  "example.com:443:443",
  "example.com:https",
  "127.1",
  "0177.0.0.1",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "1.2.3",
  "1.2.3.4.5",
  "256.1.1.1",
  "01.2.3.4",
  "1.2.3.0x4",
  "１27.0.0.1",
  "::1",
  "2001:db8::1",
  "[::1",
  "::1]",
  "[example.com]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[2001:DB8:0::1]",
  "[fe80::1%eth0]",
  "[127.0.0.1]",
  "x%00y",
  "%65xample.com",
  "a\\b",
  "xn--a",
  "xn--\u00fc.com",
  "a".repeat(64),
  `${"a.".repeat(130)}com`,
  "example.com?x",
  "example.com#x",
  "a,b",
  "a;b",
  "a\u200bb.com",
  "\u2100.com",
  "\u212aelvin.example",
  "b\u0075\u0308cher.example",
]) {
  test(`the host ${JSON.stringify(text).slice(0, 40)} is refused`, () => {
    assert.equal(value(readHostRule(text)), undefined);
  });
}

test("whatever is accepted is canonical: it is letters, digits, hyphens, and reading it again changes nothing", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.domain(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6()),
      (text) => {
        const host = value(readHost(text));
        if (host === undefined) return;
        assert.match(host, /^[a-z0-9.-]+$|^[0-9a-f:]+$/);
        assert.equal(value(readHost(host.includes(":") ? `[${host}]` : host)), host);
        const url = new URL(`http://${host.includes(":") ? `[${host}]` : host}/`);
        assert.equal(url.hostname.replace(/^\[|\]$/g, ""), host);
      },
    ),
    { numRuns: 3000 },
  );
});

test("a star stands for one or more labels, never for none, and never for a part of a label", () => {
  assert.ok(hostMatches("*.example.org", "a.example.org"));
  assert.ok(hostMatches("*.example.org", "b.a.example.org"));
  for (const host of ["example.org", "aexample.org", "example.org.evil.com", ".example.org", "a.example.com"]) {
    assert.ok(!hostMatches("*.example.org", host), host);
  }
});

test("a pattern matches exactly the names that end in it", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  fc.assert(
    fc.property(name, name, (prefix, domain) => {
      const pattern = value(readHostPattern(`*.${domain}`));
      if (pattern === undefined || value(readHost(domain)) === undefined) return;
      assert.ok(hostMatches(pattern, `${prefix}.${domain}`));
      assert.ok(!hostMatches(pattern, domain));
      assert.ok(!hostMatches(pattern, `${prefix}${domain}`) || prefix.includes("."));
      assert.ok(hostCovers(pattern, `*.${prefix}.${domain}`));
    }),
  );
});

test("one pattern covers another when it covers all of its hosts", () => {
  assert.ok(hostCovers("*.b.c", "a.b.c"));
  assert.ok(hostCovers("*.b.c", "*.b.c"));
  assert.ok(hostCovers("*.b.c", "*.a.b.c"));
  assert.ok(!hostCovers("*.a.b.c", "*.b.c"));
  assert.ok(!hostCovers("a.b.c", "*.b.c"));
});

test("an upstream is an address or name with its port, or a socket", () => {
  assert.deepEqual(value(readConnect("127.0.0.1:8080")), { host: "127.0.0.1", port: 8080 });
  assert.deepEqual(value(readConnect("unix:/run/llm.sock")), { unix: "/run/llm.sock" });
  for (const text of ["127.0.0.1", "unix:", "*.a.b:80", "http://a:80"])
    assert.equal(value(readConnect(text)), undefined, text);
  assert.equal(value(readEndpoint("a.b")), undefined);
});

test("only the loopback can be forwarded", () => {
  assert.deepEqual(value(readForward("127.0.0.1:11434")), { host: "127.0.0.1", port: 11434 });
  assert.deepEqual(value(readForward("[::1]:80")), { host: "::1", port: 80 });
  for (const text of ["192.168.1.1:80", "example.com:80", "127.0.0.1"])
    assert.equal(value(readForward(text)), undefined, text);
});
