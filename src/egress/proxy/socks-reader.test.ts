import assert from "node:assert/strict";
import { test } from "node:test";
import { reply, SocksReader, type SocksStep } from "./socks-reader.js";

const GREETING = Buffer.from([5, 1, 0]);

function request(type: number, address: Buffer, port = 443, command = 1): Buffer {
  return Buffer.concat([Buffer.from([5, command, 0, type]), address, Buffer.from([port >> 8, port & 255])]);
}

function named(name: string | Buffer): Buffer {
  const bytes = Buffer.from(name);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function last(...chunks: readonly Buffer[]): SocksStep | undefined {
  return new SocksReader().push(Buffer.concat(chunks)).at(-1);
}

test("a name and its port become a target, and what follows is kept", () => {
  const steps = new SocksReader().push(
    Buffer.concat([GREETING, request(3, named("API.example.com")), Buffer.from("hi")]),
  );
  assert.deepEqual(steps, [
    { kind: "answer", bytes: Buffer.from([5, 0]) },
    { kind: "connect", target: { host: "api.example.com", port: 443 }, rest: Buffer.from("hi") },
  ]);
});

test("addresses become targets in their one spelling", () => {
  const four = last(GREETING, request(1, Buffer.from([192, 0, 2, 1]), 80));
  assert.ok(four?.kind === "connect");
  assert.deepEqual(four.target, { host: "192.0.2.1", port: 80 });
  const six = Buffer.from("20010db8000000000000000000000001", "hex");
  const sixth = last(GREETING, request(4, six));
  assert.ok(sixth?.kind === "connect");
  assert.equal(sixth.target.host, "2001:db8::1");
});

test("hosts that could be read in two ways are refused by the ruleset", () => {
  const odd = [
    "evil\0.example.com",
    "",
    "a b",
    "example.com.",
    "127.1",
    "0x7f.1",
    "2130706433",
    "a/b",
    "user@h",
    "::1",
    "h%00",
  ];
  for (const host of [...odd, Buffer.from([0xc3, 0xa4, 0x2e, 0x64, 0x65])]) {
    assert.deepEqual(last(GREETING, request(3, named(host))), {
      kind: "refuse",
      bytes: reply(2),
      why: "its host isn't a name or address in its plain form",
    });
  }
  const mapped = Buffer.from("00000000000000000000ffff0a000001", "hex");
  assert.equal(last(GREETING, request(4, mapped))?.kind, "refuse");
  assert.equal(last(GREETING, request(3, named("a.example"), 0))?.kind, "refuse");
});

test("whatever name a client logs in by, it is taken and forgotten", () => {
  const login = Buffer.concat([Buffer.from([1, 4]), Buffer.from("root"), Buffer.from([2]), Buffer.from("pw")]);
  const steps = new SocksReader().push(Buffer.concat([Buffer.from([5, 1, 2]), login, request(3, named("a.example"))]));
  assert.deepEqual(steps.slice(0, 2), [
    { kind: "answer", bytes: Buffer.from([5, 2]) },
    { kind: "answer", bytes: Buffer.from([1, 0]) },
  ]);
  assert.equal(steps[2]?.kind, "connect");
});

test("other commands, kinds of address, logins and versions have their own refusals", () => {
  const bytesOf = (step: SocksStep | undefined) => (step?.kind === "refuse" ? [...step.bytes] : undefined);
  assert.deepEqual(bytesOf(last(GREETING, request(1, Buffer.from([192, 0, 2, 1]), 80, 2))), [...reply(7)]);
  assert.deepEqual(bytesOf(last(GREETING, request(3, named("a.example"), 53, 3))), [...reply(7)]);
  assert.deepEqual(bytesOf(last(GREETING, request(9, Buffer.alloc(4)))), [...reply(8)]);
  assert.deepEqual(bytesOf(last(Buffer.from([5, 1, 1]))), [5, 0xff]);
  assert.deepEqual(bytesOf(last(Buffer.from([4, 1, 0, 80, 192, 0, 2, 1, 0]))), [0, 91, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(bytesOf(last(Buffer.from("GET / HTTP/1.1\r\n"))), []);
});

test("how the bytes are cut changes nothing", () => {
  const whole = Buffer.concat([Buffer.from([5, 2, 0, 2]), request(3, named("a.example"))]);
  const reader = new SocksReader();
  const steps = [...whole].flatMap((byte) => [...reader.push(Buffer.from([byte]))]);
  assert.deepEqual(steps, new SocksReader().push(whole));
  assert.deepEqual(reader.push(whole), []);
});
