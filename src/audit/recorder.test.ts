import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import type { CordonError } from "../core/error.js";
import {
  eventOf,
  linesOf,
  makePlace,
  type Place,
  RUN,
  recorderOf,
  recordOf,
  verifyPlace,
  writeRecord,
} from "./fixture.js";
import { signingKey } from "./keys.js";
import { findTarget, verifyTarget } from "./target.js";
import type { RunReport } from "./verify.js";

function fileOf(place: Place): string {
  return recordOf(place).parts.at(-1)?.file ?? "";
}

function typesOf(place: Place): readonly string[] {
  return recordOf(place)
    .parts.flatMap(({ file }) => linesOf(file))
    .map((line) => JSON.parse(line))
    .map(({ type, reason }) => (type === "checkpoint" ? `checkpoint ${reason}` : type));
}

test("each event is in the file when record() returns", async (t) => {
  const place = makePlace(t);
  const recorder = recorderOf(place);
  for (let seq = 1; seq <= 3; seq++) {
    recorder.record(eventOf(seq));
    assert.match(readFileSync(fileOf(place), "utf8"), new RegExp(`"seq":${seq},.*host-${seq}\\.`));
  }
  await recorder.close();
  const written = ["network.denied", "checkpoint start", "network.denied", "network.denied", "checkpoint exit"];
  assert.deepEqual(typesOf(place), written);
});

test("a run without an event leaves no file", async (t) => {
  const place = makePlace(t);
  await recorderOf(place).close();
  assert.deepEqual(readdirSync(place.records), ["ledger"]);
});

test("a record without its end is proven by a signature as far as one was made, and by the chain to its last line", async (t) => {
  const place = makePlace(t);
  await writeRecord(place, 30, { open: true, checkpoint: { events: 9, everyMs: 1e9 } });
  const file = fileOf(place);
  const whole = readFileSync(file);
  const open = verifyPlace(place);
  assert.deepEqual([open.state, open.signedSeq, open.chainedSeq, open.tornBytes], ["open", 28, 30, 0]);
  // As a disk leaves it that was full, or a machine that went down.
  writeFileSync(file, whole.subarray(0, -10));
  const torn = verifyPlace(place);
  assert.deepEqual([torn.state, torn.signedSeq, torn.chainedSeq], ["open", 28, 29]);
  assert.ok(torn.tornBytes > 0);
  // Nothing but JSON is an event, also where no signature reaches.
  writeFileSync(file, whole.toString("utf8").replace(/"port":443(?=[\s\S]{0,600}$)/, '"port":443x'));
  assert.equal(verifyPlace(place).state, "tampered");
});

test("a checkpoint is made when time has passed and something is new", async (t) => {
  const place = makePlace(t);
  const recorder = recorderOf(place, { checkpoint: { events: 1000, everyMs: 5 } });
  recorder.record(eventOf(1));
  recorder.record(eventOf(2));
  while (!typesOf(place).includes("checkpoint time")) await new Promise((resolve) => setTimeout(resolve, 2));
  await recorder.close();
  assert.equal(typesOf(place).filter((type) => type === "checkpoint time").length, 1);
});

test("a record goes on in another file when one is old, and verifies as one", async (t) => {
  const place = makePlace(t);
  const clock = { nowMs: 0 };
  const recorder = recorderOf(place, { rotate: { sizeBytes: 1e12, ageMs: 1000 }, now: () => new Date(clock.nowMs) });
  for (let seq = 1; seq <= 4; seq++) {
    recorder.record(eventOf(seq));
    clock.nowMs += 600;
  }
  await recorder.close();
  assert.deepEqual(
    recordOf(place).parts.map(({ file }) => posix.basename(file)),
    [`${RUN}.jsonl`, `${RUN}.1.jsonl`],
  );
  assert.deepEqual(typesOf(place).slice(3, 5), ["checkpoint rotation", "checkpoint part"]);
  assert.equal(verifyPlace(place).state, "finished");
  // Lines that only changed files aren't where they were.
  const [first, second] = recordOf(place).parts.map(({ file }) => file);
  const [a, b] = [linesOf(first ?? ""), linesOf(second ?? "")];
  writeFileSync(first ?? "", [...a, b[0]].map((line) => `${line}\n`).join(""));
  writeFileSync(
    second ?? "",
    b
      .slice(1)
      .map((line) => `${line}\n`)
      .join(""),
  );
  assert.equal(verifyPlace(place).state, "tampered");
});

test("a record that was removed or replaced is noticed at the next checkpoint", (t) => {
  for (const harm of [unlinkSync, (file: string) => renameSync(file, `${file}.away`)]) {
    const place = makePlace(t);
    const recorder = recorderOf(place, { checkpoint: { events: 3, everyMs: 1e9 } });
    recorder.record(eventOf(1));
    harm(fileOf(place));
    recorder.record(eventOf(2));
    recorder.record(eventOf(3));
    assert.throws(() => recorder.record(eventOf(4)), /removed or replaced/);
  }
});

test("a record that something else writes to is noticed", (t) => {
  const place = makePlace(t);
  const recorder = recorderOf(place, { checkpoint: { events: 2, everyMs: 1e9 } });
  recorder.record(eventOf(1));
  writeFileSync(fileOf(place), "x", { flag: "a" });
  recorder.record(eventOf(2));
  assert.throws(() => recorder.record(eventOf(3)), /something else has changed/);
});

test("nothing of the user's is written over, and no link is followed", (t) => {
  const place = makePlace(t);
  const other = posix.join(place.dir, "precious");
  writeFileSync(other, "precious");
  for (const plant of [(file: string) => writeFileSync(file, "mine"), (file: string) => symlinkSync(other, file)]) {
    const recorder = recorderOf(place);
    plant(recorder.file);
    assert.throws(() => recorder.record(eventOf(1)), /EEXIST/);
    unlinkSync(recorder.file);
  }
  assert.equal(readFileSync(other, "utf8"), "precious");
});

test("with `continue` a failure is told once, and events go on being taken", async (t) => {
  const place = makePlace(t);
  const told: string[] = [];
  const failed = (error: CordonError) => told.push(error.toLine());
  const recorder = recorderOf(place, { onFailure: "continue", checkpoint: { events: 1, everyMs: 1e9 }, failed });
  recorder.record(eventOf(1));
  unlinkSync(fileOf(place));
  for (let seq = 2; seq <= 6; seq++) recorder.record(eventOf(seq));
  await recorder.close();
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /audit\/test-0123abcd\.jsonl: the record can't be written any more/);
});

test("events that were missed are a gap that verify tells of and doesn't take for tampering", async (t) => {
  const place = makePlace(t);
  const recorder = recorderOf(place, { onFailure: "continue", failed: () => undefined });
  // The place of the first file is taken for a while, as by a full disk.
  mkdirSync(recorder.file);
  for (const seq of [1, 2]) recorder.record(eventOf(seq));
  readdirSync(place.records);
  renameSync(recorder.file, `${recorder.file}.away`);
  for (const seq of [3, 4]) recorder.record(eventOf(seq));
  await recorder.close();
  const report = verifyPlace(place);
  assert.deepEqual([report.state, report.findings], ["finished", []]);
  assert.deepEqual(
    report.gaps.map(({ from, to }) => [from, to]),
    [[1, 2]],
  );
});

test("the key is made once, private, and refused when it isn't private any more", (t) => {
  const { dir } = makePlace(t);
  const { id } = signingKey(dir);
  assert.equal(signingKey(dir).id, id);
  const folder = posix.join(dir, "keys");
  const file = posix.join(folder, "audit.key");
  assert.deepEqual(readdirSync(folder).length, 2);
  assert.equal(lstatSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o640);
  assert.throws(() => signingKey(dir), /others may read it/);
  chmodSync(file, 0o600);
  renameSync(file, `${file}.old`);
  symlinkSync(`${file}.old`, file);
  assert.throws(() => signingKey(dir), /ELOOP/);
  unlinkSync(file);
  chmodSync(folder, 0o755);
  assert.throws(() => signingKey(dir), /others may read it or write to it/);
});

test("a folder of records is missed what its ledger knows, and a ledger that was changed is found", async (t) => {
  const place = makePlace(t);
  await writeRecord(place, 5);
  await writeRecord(place, 5, { run: "other-0123abcd" });
  const verifyAll = (): readonly [readonly RunReport[], number] => {
    const walk = verifyTarget(findTarget(undefined, place.dir), { keys: [], auditDir: place.dir });
    const reports: RunReport[] = [];
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) return [reports, step.value.length];
      reports.push(step.value);
    }
  };
  assert.deepEqual(
    verifyAll()[0].map(({ state }) => state),
    ["finished", "finished"],
  );
  unlinkSync(fileOf(place));
  const [gone] = verifyAll();
  assert.deepEqual(
    gone.map(({ findings }) => findings.map(({ kind }) => kind)),
    [[], ["gone"]],
  );
  const ledger = posix.join(place.records, "ledger");
  writeFileSync(ledger, readFileSync(ledger, "utf8").replace(/"seq":5,"reason":"exit"/g, '"seq":4,"reason":"exit"'));
  assert.equal(verifyAll()[1], 2);
});
