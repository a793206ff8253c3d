// Fuzzes the loader of policies: whatever the bytes are, there is a policy, or clear problems with a place, in under a second.
import assert from "node:assert/strict";
import fc from "fast-check";
import { loadPolicy } from "../../src/policy/load.js";
import { malformedPolicies } from "../../src/policy/malformed.js";
import { fuzz } from "./limit.js";

const FILE = "/work/cordon.yaml";
const SNIPPETS = [
  "version: 1\n",
  "name: x\n",
  "extends: [cordon.yaml]\n",
  "filesystem: { deny: ['**/.env'] }\n",
  "network:\n  mode: none\n",
  "- ",
  "? ",
  ": ",
  "&a ",
  "*a ",
  "!!js ",
  "<<: ",
  "|\n  ",
  ">-\n  ",
  "'",
  '"',
  "{",
  "}",
  "[",
  "]",
  "\t",
  "\0",
  "\ufeff",
  "%YAML 1.2\n---\n",
  "---\n",
  "...\n",
  "#",
  "limits: { memory: 1e99G }\n",
  "secrets: { a: { from: 'env:A', hosts: ['*'] } }\n",
  "0x",
  ".inf",
  "~",
  "\u2028",
] as const;

const pieces = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...SNIPPETS) }, fc.string({ maxLength: 6 })), {
  maxLength: 30,
});
const bytes = fc.oneof(
  pieces.map((parts) => new TextEncoder().encode(parts.join(""))),
  fc.uint8Array({ maxLength: 200 }),
);

async function problemsOf(text: Uint8Array): Promise<void> {
  const started = performance.now();
  const result = await loadPolicy({
    file: FILE,
    texts: new Map([[FILE, text]]),
    profiles: [],
    overrides: [],
    home: "/home/sam",
    cwd: "/work",
  });
  // Generous: other work may have the processor meanwhile.
  assert.ok(performance.now() - started < 2000, "it took too long");
  if (result.ok) return;
  assert.ok(result.diagnostics.length > 0);
  for (const { place, message } of result.diagnostics) {
    assert.ok(place.file !== "" && place.line >= 1 && place.column >= 1, JSON.stringify(place));
    assert.match(message, /^[^\p{Cc}]{5,600}$/u);
  }
}

await fuzz(
  fc.asyncProperty(bytes, fc.nat(), async (text, seed) => {
    await problemsOf(text);
    for (const policy of await malformedPolicies(seed, 3, async () => false)) await problemsOf(policy.bytes);
  }),
);
