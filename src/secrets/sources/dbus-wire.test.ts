import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callBytes, firstReply, Reader, Writer } from "./dbus-wire.js";

/** A reply as a bus sends it. */
function replyBytes(to: number, body: Buffer, type = 2): Buffer {
  const writer = new Writer();
  for (const byte of [0x6c, type, 0, 1]) writer.byte(byte);
  writer.uint32(body.length).uint32(7);
  writer.array(8, (fields) => {
    fields.align(8).byte(5).signature("u").uint32(to);
    fields.align(8).byte(6).signature("s").string(":1.5");
  });
  return Buffer.concat([writer.align(8).bytes, body]);
}

describe("messages of D-Bus", () => {
  test("are as the specification says", () => {
    const body = new Writer().array(8, (entries) => entries.align(8).string("a").string("b")).bytes;
    const bytes = callBytes(
      { destination: "d", path: "/p", interface: "i.f", member: "M", signature: "a{ss}", body },
      3,
    );
    assert.equal(bytes.toString("latin1", 0, 4), "l\u0001\u0000\u0001");
    assert.equal(bytes.readUInt32LE(4), body.length);
    assert.equal((bytes.length - body.length) % 8, 0);
    // An entry begins at a multiple of eight, which the array's length doesn't count.
    assert.equal(body.toString("hex"), "0e00000000000000010000006100000001000000620000".slice(0, 44));
  });

  test("are read one after the other, however they come", () => {
    const body = new Writer().string("value").bytes;
    const both = Buffer.concat([replyBytes(1, body), replyBytes(2, Buffer.alloc(0), 3)]);
    assert.equal(firstReply(both.subarray(0, 20)), undefined);
    const first = firstReply(both);
    assert.deepEqual([first?.reply?.to, first?.reply?.failed], [1, false]);
    assert.equal(new Reader(first?.reply?.body ?? Buffer.alloc(0)).string(), "value");
    const second = firstReply(first?.rest ?? Buffer.alloc(0));
    assert.deepEqual([second?.reply?.to, second?.reply?.failed, second?.rest.length], [2, true, 0]);
  });

  test("that are too long or cut are an error, never a value", () => {
    const long = Buffer.from(replyBytes(1, Buffer.alloc(0)));
    long.writeUInt32LE(0x7fffffff, 4);
    assert.throws(() => firstReply(long), /too long/);
    assert.throws(() => new Reader(Buffer.from([9, 0, 0, 0, 65])).string(), /ends before/);
    const wrong = new Writer().array(4, (each) => each.string("x")).bytes;
    wrong.writeUInt32LE(5000, 0);
    assert.throws(() => new Reader(wrong).strings());
  });
});
