import assert from "node:assert/strict";
import { test } from "node:test";
import { captured, syntheticRange } from "./captured.js";

const names = new Map([["198.18.0.1", "api.example.com"]]);
const naming = { range: syntheticRange("transparent"), nameOf: (address: string) => names.get(address) };

test("a synthetic address is its name, also in its mapped form; others are themselves", () => {
  for (const address of ["198.18.0.1", "::ffff:198.18.0.1"]) {
    assert.deepEqual(captured(address, 443, naming), { ok: true, target: { host: "api.example.com", port: 443 } });
  }
  assert.deepEqual(captured("192.0.2.7", 80, naming), { ok: true, target: { host: "192.0.2.7", port: 80 } });
  assert.deepEqual(captured("2001:db8::1", 80, naming), { ok: true, target: { host: "2001:db8::1", port: 80 } });
});

test("an address that stands for nothing, or can't be read, is no target", () => {
  for (const address of ["198.18.0.2", "198.19.255.254", "fe80::1%lo", undefined]) {
    assert.equal(captured(address, 443, naming).ok, false, address);
  }
  const ports = { ...naming, range: syntheticRange("ports") };
  for (const address of ["127.64.0.1", "127.127.1.1", "127.99.0.9"])
    assert.equal(captured(address, 80, ports).ok, false);
  assert.equal(captured("127.0.0.1", 80, ports).ok, true);
  assert.equal(captured("127.128.0.1", 80, ports).ok, true);
});
