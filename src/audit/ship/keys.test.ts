import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readHeaders, readKey } from "./keys.js";
import { tryLock } from "./lock.js";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-keys-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("keys come from variables and from files of one's own, and nothing of them is in an error", (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, "key"), "very secret\n");
  symlinkSync(join(folder, "key"), join(folder, "link"));
  assert.equal(readKey(`file:${folder}/key`, {}).toString(), "very secret");
  assert.equal(readKey("env:KEY", { KEY: "another" }).toString(), "another");
  assert.throws(() => readKey("env:KEY", {}), /env:KEY holds nothing/);
  assert.throws(() => readKey(`file:${folder}/link`, {}), /can't be read \(ELOOP\)/);
  assert.throws(() => readKey(`file:${folder}`, {}), /isn't a regular file/);
  assert.throws(() => readKey("file:/dev/zero", {}), /isn't a regular file/);
});

test("headers are lines of a name and a value; those that Cordon sets can't be set", () => {
  const from = (text: string) => readHeaders("env:H", { H: text });
  assert.deepEqual(from("Authorization: Bearer x\r\n\nX-A:b\n"), { authorization: "Bearer x", "x-a": "b" });
  for (const bad of ["secret value", "A b: c", "A: \u0007", "Cordon-Signature: x", "content-length: 1", "Host: x"])
    assert.throws(
      () => from(bad),
      (error: Error) => error.message.startsWith("env:H ") && !error.message.includes("secret value"),
    );
});

test("a lock is one process's, is taken from a dead one, and goes when it is given back", (t) => {
  const file = join(folderOf(t), "lock");
  const unlock = tryLock(file);
  assert.ok(unlock !== undefined);
  assert.equal(tryLock(file), undefined);
  unlock();
  assert.equal(existsSync(file), false);
  // Of a process that is gone, and of a number that somebody else has by now.
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  for (const holder of [`${gone} 1`, `${process.pid} 1`, ""]) {
    writeFileSync(file, holder);
    const again = tryLock(file);
    assert.ok(again !== undefined, holder);
    again();
  }
});
