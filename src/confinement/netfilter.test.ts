import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { captureMessages } from "./netfilter.js";

const ALL = { port: 15_001, dnsPort: 54, transparent: true };

/** Of rtnetlink's messages: struct ifaddrmsg and struct rtmsg. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 20: 8, 24: 12 };

/** Every message as cordon-init walks them, or an error. */
function walk(
  bytes: Uint8Array | undefined,
): readonly { readonly type: number; readonly flags: number; readonly sequence: number }[] {
  const view = Buffer.from(bytes ?? []);
  const found = [];
  for (let at = 0; at < view.length; ) {
    const size = view.readUInt32LE(at);
    assert.ok(size >= 16 && size % 4 === 0 && at + size <= view.length, `size ${size} at ${at}`);
    checkAttributes(view.subarray(at + 16 + (FIXED_BYTES[view.readUInt16LE(at + 4)] ?? 4), at + size));
    found.push({
      type: view.readUInt16LE(at + 4),
      flags: view.readUInt16LE(at + 6),
      sequence: view.readUInt32LE(at + 8),
    });
    at += size;
  }
  return found;
}

function checkAttributes(view: Buffer): void {
  for (let at = 0; at < view.length; ) {
    const size = view.readUInt16LE(at);
    assert.ok(size >= 4 && at + size <= view.length, `attribute of ${size} at ${at} of ${view.length}`);
    if ((view.readUInt16LE(at + 2) & 0x8000) !== 0) checkAttributes(view.subarray(at + 4, at + size));
    at += (size + 3) & ~3;
  }
}

test("the messages are whole, nested rightly and numbered, and each but the borders of the batch asks for an answer", () => {
  const { route, netfilter } = captureMessages(ALL);
  assert.deepEqual(
    walk(route).map(({ type, flags }) => [type, flags & 5]),
    [
      [20, 5],
      [24, 5],
      [24, 5],
    ],
  );
  const rules = walk(netfilter);
  assert.deepEqual(
    rules.map(({ sequence }) => sequence),
    rules.map((_, index) => index + 1),
  );
  assert.equal(rules[0]?.type, 0x10);
  assert.equal(rules.at(-1)?.type, 0x11);
  for (const { type, flags } of rules.slice(1, -1)) assert.deepEqual([type >> 8, flags & 5], [10, 5]);
});

test("without netfilter there are only the routes", () => {
  const messages = captureMessages({ ...ALL, transparent: false });
  assert.equal(messages.netfilter, undefined);
  assert.deepEqual(messages.route, captureMessages(ALL).route);
});

test("where there is no IPv6, nothing is said of it", () => {
  const { route, netfilter } = captureMessages({ ...ALL, ipv6: false });
  assert.equal(walk(route).length, 2);
  assert.equal(walk(netfilter).length * 2 - 2, walk(captureMessages(ALL).netfilter).length);
});

test("a port that is none is refused", () => {
  for (const port of [0, 65_536, 1.5, Number.NaN]) assert.throws(() => captureMessages({ ...ALL, port }), RangeError);
});

test("the same request makes the same bytes", () => {
  assert.deepEqual(captureMessages(ALL), captureMessages({ ...ALL }));
});
