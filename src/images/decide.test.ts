import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalOfImage } from "./decide.js";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const ASKED = { ref: "localhost/agent", digest: DIGEST, verify: { key: "/k.pub" } };
const signed = { count: 1, verified: true };

test("an image is taken when it is the pinned one and signed as asked", () => {
  assert.equal(refusalOfImage(ASKED, { digest: DIGEST, signatures: signed }), undefined);
  const unasked = { ref: ASKED.ref, digest: DIGEST };
  assert.equal(refusalOfImage(unasked, { digest: DIGEST, signatures: { count: 0, verified: false } }), undefined);
});

test("everything else is refused, with what to do", () => {
  const code = (asked: Parameters<typeof refusalOfImage>[0], found: Parameters<typeof refusalOfImage>[1]) =>
    refusalOfImage(asked, found)?.code;
  assert.equal(code(undefined, { digest: undefined, signatures: signed }), "policy-invalid");
  assert.equal(code(ASKED, { digest: undefined, signatures: signed }), "image-missing");
  assert.equal(code({ ref: "localhost/agent" }, { digest: DIGEST, signatures: signed }), "image-untrusted");
  assert.equal(code(ASKED, { digest: OTHER, signatures: signed }), "image-changed");
  const unsigned = refusalOfImage(ASKED, { digest: DIGEST, signatures: { count: 0, verified: false } });
  assert.match(unsigned?.message ?? "", /isn't signed$/);
  const wrong = refusalOfImage(ASKED, { digest: DIGEST, signatures: { count: 2, verified: false } });
  assert.match(wrong?.message ?? "", /no signature that verifies with \/k\.pub$/);
});
