// What the documents on shipping and alerts show is tried: each policy is valid and warns of nothing but what it says, and the receiver's code
// does what Cordon's own does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { webhookBody, webhookSignature } from "../src/audit/ship/webhook.js";
import { loadPolicy } from "../src/policy/load.js";
import { ROOT } from "./support/repository.js";

const PAGES = ["shipping", "alerts"];

function blocks(page: string, language: string): readonly string[] {
  const text = readFileSync(join(ROOT, "docs", `${page}.md`), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);
}

for (const page of PAGES) {
  test(`the policies of docs/${page}.md are valid`, async () => {
    const found = blocks(page, "yaml");
    assert.ok(found.length > 0);
    for (const text of found) {
      const file = "/home/ada/cordon.yaml";
      const texts = new Map([[file, new TextEncoder().encode(text)]]);
      const loaded = await loadPolicy({
        file,
        texts,
        profiles: [],
        overrides: [],
        home: "/home/ada",
        cwd: "/home/ada",
      });
      assert.deepEqual(loaded.ok ? loaded.warnings : loaded.diagnostics, [], text);
    }
  });
}

interface Receiver {
  isGenuine(headers: Record<string, string>, body: string, key: string, nowMs?: number): boolean;
  recordLines(body: string): readonly string[];
}

test("the receiver of docs/shipping.md knows what is genuine, and takes the lines out", async () => {
  const [code = ""] = blocks("shipping", "js");
  const url = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  // Checked border: the code that stands in the document.
  const receiver = (await import(url)) as Receiver;
  const lines = ['{"seq":1,"text":"a,"}', '{"seq":2}'];
  const body = webhookBody({ key: "k", run: "r", lines });
  const signed = (nowMs: number) => ({
    "cordon-signature": webhookSignature(Buffer.from("key"), Math.floor(nowMs / 1000), Buffer.from(body)),
  });
  assert.deepEqual(receiver.recordLines(body), lines);
  assert.equal(receiver.isGenuine(signed(Date.now()), body, "key"), true);
  assert.equal(receiver.isGenuine(signed(Date.now() - 600_000), body, "key"), false);
  assert.equal(receiver.isGenuine(signed(Date.now()), `${body} `, "key"), false);
  assert.equal(receiver.isGenuine(signed(Date.now()), body, "other"), false);
  assert.equal(receiver.isGenuine({}, body, "key"), false);
});
