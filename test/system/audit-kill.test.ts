// The supervisor is killed at random moments: its record verifies up to a clear end, and nothing of the sandbox goes on.
// CORDON_TEST_KILLS sets how often.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { familyOf, survivors, withMark } from "../support/processes.js";
import { linesOf, recordFiles, recordFlags, verifyAll } from "../support/records.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const KILLS = Number(process.env["CORDON_TEST_KILLS"] ?? "25");
const LATEST_MS = 1200;

test(`kill -9 at ${KILLS} random moments`, { timeout: 60_000 + KILLS * 5000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const counts = { none: 0, open: 0, finished: 0, events: 0 };
  for (let round = 0; round < KILLS; round++) {
    const mark = `cordon-kill-${process.pid}-${round}`;
    const script = `: ${mark}; (while :; do echo x > .envrc; done) 2>/dev/null & while :; do mkdir -p .git/hooks; done 2>/dev/null`;
    // A short age and size, so that some kills hit a record that goes on in another file.
    const flags = recordFlags(stage, "audit.rotate.size=64K", ...(round % 3 === 0 ? ["audit.sync=always"] : []));
    const running = stage.startInside(["sh", "-c", script], { flags });
    // The moment is what is random here; nothing is waited for.
    await pause(randomInt(LATEST_MS));
    const family = familyOf(running.pid);
    process.kill(running.pid, "SIGKILL");
    await running.done;
    await until(
      `all of round ${round} are gone`,
      () => survivors(family).length === 0 && withMark(mark).length === 0,
      5000,
    );
  }
  const { result, records } = await verifyAll(stage);
  assert.equal(result.code, 0, describeResult(result));
  for (const { run, state, findings, events, signedSeq, chainedSeq } of records) {
    assert.deepEqual(findings, [], run);
    assert.equal(state, "open", run);
    assert.equal(events, chainedSeq, run);
    assert.ok(signedSeq <= chainedSeq && chainedSeq - signedSeq <= 1001, `${run}: ${signedSeq} of ${chainedSeq}`);
    counts.open += 1;
    counts.events += events;
  }
  counts.none = KILLS - records.length;
  t.diagnostic(`${counts.open} open ends with ${counts.events} events, ${counts.none} killed before the command began`);
  assert.ok(records.length > KILLS / 4, "most kills should hit a run");
  // No line of any record is lost between two that are there.
  for (const file of recordFiles(stage))
    for (const line of linesOf(file)) assert.doesNotThrow(() => JSON.parse(line), file);
});
