import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CordonError } from "../../core/error.js";
import type { Op } from "../../plan/types.js";
import { decodeOps, encodeOps, OP_SHAPES, OpTemplate } from "./ops.js";

const KINDS = {
  number: fc.oneof(
    fc.nat(),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  ),
  text: fc.string({ unit: "binary", maxLength: 40 }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
  bytes: fc.uint8Array({ maxLength: 40 }),
};

const anyOp: fc.Arbitrary<Op> = fc
  .constantFrom(...Object.keys(OP_SHAPES).filter((name) => name !== "end"))
  .chain((op) =>
    fc
      .tuple(...(OP_SHAPES[op]?.fields ?? []).map(({ kind }): fc.Arbitrary<Op["fields"][number]> => KINDS[kind]))
      .map((fields) => ({ op, fields })),
  );

test("what is encoded is decoded to the same list, with an end", () => {
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 12 }), (ops) => {
      assert.deepEqual(decodeOps(encodeOps(ops)), [...ops, { op: "end", fields: [] }]);
    }),
  );
});

test("a template with its slots filled is the list with its slots filled", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyOp, anyOp, fc.boolean()), { maxLength: 12 }), (pairs) => {
      const ops = pairs.map(([op, , own], at): Op => (own ? { op: "file", fields: [at], slot: "authority" } : op));
      const fill = ({ fields }: Op): Op => pairs[Number(fields[0])]?.[1] ?? { op: "end", fields: [] };
      const template = new OpTemplate(ops);
      const whole = encodeOps(ops.map((op) => (op.slot === undefined ? op : fill(op))));
      for (let run = 0; run < 2; run++) assert.deepEqual(template.encode(fill), whole);
    }),
  );
});

test("the wire form is the one of PROTOCOL.md", () => {
  const hex = encodeOps([
    { op: "symlink", fields: ["/a", "é"] },
    { op: "umask", fields: [0o22] },
  ]).toString("hex");
  const header = `${Buffer.from("CRDN").toString("hex")}01000000`;
  assert.equal(
    hex,
    `${header}0f00020003000000${"2f6100"}03000000${"c3a900"}${"05000100080000001200000000000000"}${"63000000"}`,
  );
});

test("a cut or lengthened list is refused", () => {
  const whole = encodeOps([{ op: "bind", fields: ["/a", "/b", 7] }]);
  for (let size = 0; size < whole.length; size++) assert.throws(() => decodeOps(whole.subarray(0, size)), CordonError);
  assert.throws(() => decodeOps(Buffer.concat([whole, Buffer.alloc(4)])), CordonError);
});

test("any bytes are decoded or refused with an error of ours, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
      const data = Buffer.concat([Buffer.from("CRDN\x01\0\0\0", "latin1"), tail]);
      try {
        decodeOps(data);
      } catch (error) {
        assert.ok(error instanceof CordonError);
      }
    }),
  );
});

test("a NUL in a path or word is refused: the C side would see a shorter one", () => {
  assert.throws(() => encodeOps([{ op: "arg", fields: ["a\0b"] }]), { code: "launch-failed" });
});

test("numbers that aren't whole, negative or too large are refused", () => {
  for (const value of [1.5, -1, Number.NaN, 2 ** 60, -1n, 2n ** 64n]) {
    assert.throws(() => encodeOps([{ op: "umask", fields: [value] }]), CordonError, String(value));
  }
});

test("unknown ops and wrong fields are refused", () => {
  for (const op of [
    { op: "toString", fields: [] },
    { op: "umask", fields: [] },
    { op: "umask", fields: ["1"] },
    { op: "arg", fields: [1] },
  ]) {
    assert.throws(() => encodeOps([op]), CordonError);
  }
});
