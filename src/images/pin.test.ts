import assert from "node:assert/strict";
import { test } from "node:test";
import { pinnedText } from "./pin.js";

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = { ref: "localhost/agent", digest: DIGEST };

test("the digest is written and the rest stays, comments too", () => {
  const text = '# mine\nversion: 1\nimage:\n  ref: localhost/agent # ours\nnetwork: { allow: ["*.a.org"] } # why\n';
  const expected = text.replace("# ours\n", `# ours\n  digest: ${DIGEST}\n`).replace('["*.a.org"]', '[ "*.a.org" ]');
  assert.equal(pinnedText(text, IMAGE), expected);
  assert.equal(pinnedText(pinnedText(text, IMAGE), IMAGE), pinnedText(text, IMAGE));
});

test("a policy without an image gets one, and an older digest goes", () => {
  assert.equal(pinnedText("version: 1\n", IMAGE), `version: 1\nimage:\n  ref: localhost/agent\n  digest: ${DIGEST}\n`);
  const older = `version: 1\nimage: { ref: localhost/agent, digest: "sha256:${"b".repeat(64)}" }\n`;
  assert.doesNotMatch(pinnedText(older, IMAGE), /bbb/);
});

test("what isn't a mapping isn't touched", () => {
  for (const text of ["", "- a\n", "a: [\n"]) assert.throws(() => pinnedText(text, IMAGE), { code: "policy-invalid" });
});
