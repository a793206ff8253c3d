import assert from "node:assert/strict";
import { test } from "node:test";
import { agrees, readAuthority, readTarget } from "./agree.js";

const NAME = { host: "api.example.com", port: 443 };
const V6 = { host: "2001:db8::1", port: 8443 };

for (const claimed of ["api.example.com", "API.Example.Com", "api.example.com:443"]) {
  test(`${claimed} names the target`, () => {
    for (const where of ["host", "authority", "absolute"] as const)
      assert.equal(agrees(NAME, claimed, where), undefined);
  });
}

for (const claimed of ["evil.example", "api.example.com:80", "api.example.com.evil.test", "example.com", "127.0.0.1"]) {
  test(`${claimed} is another name or port, and told as one`, () => {
    assert.equal(agrees(NAME, claimed)?.code, "name-mismatch");
  });
}

for (const claimed of [
  "",
  "u@api.example.com",
  "api.example.com.",
  "api.example.com:",
  "[api.example.com]",
  "a b",
  "a\0b",
]) {
  test(`${JSON.stringify(claimed)} can't be read in one way, and is refused`, () => {
    assert.equal(agrees(NAME, claimed)?.code, "malformed");
  });
}

test("an address is written in brackets, with or without its port", () => {
  assert.equal(agrees(V6, "[2001:db8::1]"), undefined);
  assert.equal(agrees(V6, "[2001:db8::1]:8443"), undefined);
  assert.equal(agrees(V6, "2001:db8::1")?.code, "malformed");
  assert.equal(agrees(V6, "[2001:db8::2]")?.code, "name-mismatch");
  assert.equal(agrees(V6, "[2001:db8::1]:443")?.code, "name-mismatch");
});

test("a TLS server name is a name without port and never an address", () => {
  assert.equal(agrees(NAME, "api.example.com", "sni"), undefined);
  assert.equal(agrees(NAME, "api.example.com:443", "sni")?.code, "malformed");
  assert.equal(agrees({ host: "192.0.2.1", port: 443 }, "192.0.2.1", "sni")?.code, "malformed");
  assert.equal(agrees(V6, "[2001:db8::1]", "sni")?.code, "malformed");
});

test("a denial shows what was claimed as printable text", () => {
  const denied = agrees(NAME, `evil\r\n\u001b[31m"${"x".repeat(5000)}`);
  assert.match(denied?.reason ?? "", /^[\x20-\x7e]{20,400}$/);
  assert.ok(denied?.reason.includes("evil\\x0d\\x0a\\x1b[31m"));
});

test("an authority is read with the port that was written, and a target needs one", () => {
  assert.deepEqual(readAuthority("a.example"), { host: "a.example", port: undefined });
  assert.deepEqual(readAuthority("[::1]:80"), { host: "::1", port: 80 });
  assert.deepEqual(readTarget("a.example", 80), { host: "a.example", port: 80 });
  assert.equal(readTarget("a.example"), undefined);
  assert.equal(readTarget("a.example:0", 80), undefined);
});
