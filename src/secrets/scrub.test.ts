import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { reflectionsOf } from "./reflections.js";
import { Scrub, scrubText } from "./scrub.js";

const key = "sk-ant-api03-Zq8+/w7XkP2mN4rT9vB1cD5eF6gH";
const placeholder = "sk-ant-api03-Aa1+/b2Cc3dD4eE5fF6gG7hH8iI9";
const reflections = reflectionsOf(key, placeholder);

function passed(chunks: readonly string[]): string {
  const scrub = new Scrub(reflections);
  const parts = chunks.map((chunk) => scrub.push(Buffer.from(chunk, "latin1")).toString("latin1"));
  return parts.join("") + scrub.end().toString("latin1");
}

describe("an answer", () => {
  test("has the placeholder where the key was, in every spelling", () => {
    const spellings = [
      key,
      encodeURIComponent(key),
      Buffer.from(key).toString("hex"),
      Buffer.from(key).toString("hex").toUpperCase(),
      JSON.stringify(key),
      JSON.stringify(key).replaceAll("/", "\\/"),
    ];
    for (const spelling of spellings) {
      const before = `a ${spelling} b`;
      const after = passed([before]);
      assert.equal(after.length, before.length);
      assert.ok(!after.includes(spelling), spelling);
    }
  });

  test("has no key inside of base64, wherever it begins", () => {
    for (const before of ["", "u", "us", "user:", "x-token:"]) {
      const text = Buffer.from(`${before}${key}`).toString("base64");
      const after = Buffer.from(
        passed([`Basic ${text}\n`])
          .slice(6)
          .trim(),
        "base64",
      ).toString();
      assert.equal(after.length, before.length + key.length);
      // The bits beside the piece that the key alone decides may stay.
      assert.ok(!after.includes(key.slice(13, 30)), after);
      assert.ok(after.includes(placeholder.slice(14, 30)), after);
    }
  });

  test("never has the key whole, however it is cut, and keeps everything else", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(key), fc.string({ maxLength: 20 }), fc.constant("sk-ant-")), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        (pieces, cuts) => {
          const text = Buffer.from(pieces.join(""), "utf8").toString("latin1");
          const chunks: string[] = [];
          for (let at = 0, index = 0; at < text.length; index++) {
            const size = cuts[index % cuts.length] ?? 1;
            chunks.push(text.slice(at, at + size));
            at += size;
          }
          assert.equal(passed(chunks), text.replaceAll(key, placeholder));
        },
      ),
    );
  });

  test("waits only for what looks like the beginning of a key beyond its public part", () => {
    const scrub = new Scrub(reflections);
    const push = (text: string) => scrub.push(Buffer.from(text)).toString();
    assert.equal(push("data: yes"), "data: yes");
    assert.equal(push(" sk-ant-api03-"), " sk-ant-api03-");
    assert.equal(push("Zq8"), "");
    assert.equal(push("no"), "Zq8no");
  });

  test("of one text", () => {
    assert.equal(scrubText(`x=${key};`, reflections), `x=${placeholder};`);
    assert.equal(scrubText("nothing", reflections), "nothing");
  });
});
