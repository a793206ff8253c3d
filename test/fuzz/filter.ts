// Fuzzes the content filter: a secret planted in any encoding, cut anywhere, is found and never passes whole; clean bytes pass as they
// came; and bytes that only look packed or encoded do no harm.
import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { makeFilterFactory } from "../../src/egress/filter/filter.js";
import { fuzz } from "./limit.js";

const SECRET = "qX7-kd93hw/Bz+20vLm";
const factory = makeFilterFactory({ secrets: [Buffer.from(SECRET)], patterns: [] });

const plain: Record<string, (bytes: Buffer) => Buffer> = {
  none: (bytes) => bytes,
  base64: (bytes) => Buffer.from(bytes.toString("base64")),
  base64url: (bytes) => Buffer.from(bytes.toString("base64url")),
  hex: (bytes) => Buffer.from(bytes.toString("hex")),
  capitals: (bytes) => Buffer.from(bytes.toString("hex").toUpperCase()),
};
const escapes: Record<string, (bytes: Buffer) => Buffer> = {
  none: (bytes) => bytes,
  percent: (bytes) => Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")),
  some: (bytes) => Buffer.from(encodeURIComponent(bytes.toString("latin1"))),
  json: (bytes) => Buffer.from(JSON.stringify(bytes.toString("latin1")).replaceAll("/", "\\/")),
  unicode: (bytes) => Buffer.from([...bytes].map((byte) => `\\u${byte.toString(16).padStart(4, "0")}`).join("")),
};
const packings: Record<string, (bytes: Buffer) => Buffer> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
};

const nameOf = (table: object) => fc.constantFrom(...Object.keys(table));
const text = fc.string({ maxLength: 200 });
const planted = fc.record({
  before: text,
  after: text,
  near: fc.stringMatching(/^[A-Za-z0-9]{0,4}$/),
  inner: nameOf(plain),
  outer: nameOf(plain),
  first: nameOf(escapes),
  second: nameOf(escapes),
  packing: nameOf(packings),
  sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
});

/** The pieces of a body, the sizes taken in turn. */
function piecesOf(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1) {
    pieces.push(bytes.subarray(at, at + (sizes[pieces.length % sizes.length] ?? 1)));
  }
  return pieces;
}

function send(bytes: Buffer, sizes: readonly number[], encoding: string, mode: "block" | "alert") {
  const headers = encoding === "none" ? [] : ([["content-encoding", encoding]] as const);
  const filter = factory.open({ method: "POST", path: "/", headers }, mode);
  const steps = [...piecesOf(bytes, sizes).map((piece) => filter.push(piece)), filter.end()];
  return {
    passed: Buffer.concat(steps.map(({ pass }) => pass)),
    found: steps.flatMap(({ found }) => found?.what ?? []),
  };
}

const wrap = (table: Record<string, (bytes: Buffer) => Buffer>, name: string, bytes: Buffer) =>
  table[name]?.(bytes) ?? bytes;

await fuzz(
  fc.asyncProperty(planted, fc.uint8Array({ maxLength: 2000 }), async (plan, noise) => {
    const inner = wrap(plain, plan.inner, Buffer.from(`${plan.near}${SECRET}${plan.near}`));
    const encoded = wrap(plain, plan.outer, Buffer.concat([Buffer.from(plan.near), inner, Buffer.from(".")]));
    const escaped = wrap(escapes, plan.second, wrap(escapes, plan.first, encoded));
    const before = Buffer.from(`${plan.before.replace(/[\\%]/g, "")} `);
    const body = Buffer.concat([before, escaped, Buffer.from(` ${plan.after}`)]);
    const packed = wrap(packings, plan.packing, body);
    const blocked = send(packed, plan.sizes, plan.packing, "block");
    assert.ok(blocked.found.includes("a secret of the policy"));
    if (plan.packing === "none") assert.ok(blocked.passed.length < before.length + escaped.length);
    const alerted = send(packed, plan.sizes, plan.packing, "alert");
    assert.ok(alerted.passed.equals(packed) && alerted.found.includes("a secret of the policy"));

    const bytes = Buffer.from(noise);
    const clean = send(bytes, plan.sizes, "none", "block");
    assert.ok(clean.passed.equals(bytes) && clean.found.length === 0);
    const repacked = wrap(packings, plan.packing, bytes);
    assert.ok(send(repacked, plan.sizes, plan.packing, "block").passed.equals(repacked));
    // Bytes that begin like something packed and go on as anything.
    for (const start of ["\x1f\x8b\x08\x00", "PK\x03\x04", "PACK\0\0\0\x02", "H4sIA", "-----BEGIN PRIVATE KEY-----"]) {
      const odd = Buffer.concat([Buffer.from(start, "latin1"), bytes]);
      assert.ok(send(odd, plan.sizes, "none", "alert").passed.equals(odd));
    }
    send(bytes, plan.sizes, plan.packing, "block");
  }),
);
