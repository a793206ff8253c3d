import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { proofOf } from "./record.js";
import { Broken } from "./types.js";

const PREV = `,"prev":"${"0".repeat(64)}"}`;
const EVENTS = ['{"seq":1,"type":"run.started"}', '{"seq":2,"type":"exec"}'];

function verified(findings: readonly { readonly message: string }[], code = 0) {
  const records = [{ state: "open", findings, gaps: [] }];
  return async () => ({ code, output: JSON.stringify({ records }) });
}

function withFiles(kept: readonly string[], run: (events: string, state: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
  const events = join(folder, "events.jsonl");
  writeFileSync(events, `${EVENTS.join("\n")}\n`);
  mkdirSync(join(folder, "audit"));
  writeFileSync(join(folder, "audit/a.jsonl"), kept.map((line) => `${line.slice(0, -1)}${PREV}\n`).join(""));
  return run(events, folder).finally(() => rmSync(folder, { recursive: true }));
}

test("a record that holds every event and verifies is whole", () =>
  withFiles(EVENTS, async (events, state) => {
    const proof = await proofOf(events, state, verified([]));
    assert.deepEqual(proof, { events: 2, states: ["open"], gaps: 0, types: ["run.started", "exec"] });
  }));

test("an event that was told and isn't in the record is a loss", () =>
  withFiles(EVENTS.slice(0, 1), (events, state) =>
    assert.rejects(proofOf(events, state, verified([])), /1 of 2 events aren't in the record/),
  ));

test("a record that doesn't verify, or of which nothing is said, is none", () =>
  withFiles(EVENTS, async (events, state) => {
    await assert.rejects(proofOf(events, state, verified([{ message: "changed" }], 1)), /changed/);
    await assert.rejects(
      proofOf(events, state, async () => ({ code: null, output: "" })),
      Broken,
    );
  }));
