// Unit tests of remembered facts: what isn't certainly ours, complete and current isn't believed.
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { cacheFile, contextKey, decodeCache, encodeCache, readCache, writeCache } from "./cache.js";
import { ESSENTIAL } from "./probe/answers.js";

const UID = process.geteuid?.() ?? 0;
const USER = { uid: UID, gid: 0, name: "u", home: "/home/u" };
const INIT = { identity: "1:2:3:4:5", digest: "sha256:1" };
const GOOD = Object.fromEntries(ESSENTIAL.map((name) => [name, "ok"]));
const FACTS = { key: "key", init: INIT, answers: GOOD };

function fileFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-cache-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return cacheFile(USER, { XDG_CACHE_HOME: folder }, "1:2:3:4:5");
}

test("what was written is read back by the same user and is private", (context) => {
  const file = fileFor(context);
  assert.equal(writeCache(file, UID, FACTS), true);
  assert.deepEqual(readCache(file, UID), FACTS);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readCache(file, UID + 1), undefined);
});

test("a failed answer, or one that took too long, is neither written nor believed", (context) => {
  const file = fileFor(context);
  for (const answers of [{ ...GOOD, userns: "1" }, { ...GOOD, "nf-tables": "timeout" }, {}]) {
    assert.equal(writeCache(file, UID, { ...FACTS, answers }), false);
    assert.equal(decodeCache(encodeCache({ ...FACTS, answers })), undefined);
  }
});

test("a corrupt, oversized, readable or linked file is as if it weren't there", (context) => {
  const file = fileFor(context);
  writeCache(file, UID, FACTS);
  const good = readFileSync(file, "utf8");
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    good.replace("cordon-facts 2", "cordon-facts 3"),
    good + " ".repeat(20_000),
  ]) {
    writeFileSync(file, text);
    assert.equal(readCache(file, UID), undefined, text.slice(0, 40));
  }
  writeFileSync(file, good);
  chmodSync(file, 0o640);
  assert.equal(readCache(file, UID), undefined);
  chmodSync(file, 0o600);
  assert.deepEqual(readCache(file, UID), FACTS);
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
  assert.equal(readCache(file, UID), undefined);
});

test("a folder that others can write isn't written to, and nothing is left in it", (context) => {
  const file = fileFor(context);
  const folder = join(file, "..");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  assert.equal(writeCache(file, UID, FACTS), false);
  assert.deepEqual(readdirSync(folder), []);
});

test("facts about other builds are kept beside, but don't pile up; other files are left alone", (context) => {
  const file = fileFor(context);
  const folder = join(file, "..");
  mkdirSync(folder, { mode: 0o700 });
  const others = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `facts-0000000${number}.json`);
  for (const name of [...others.slice(1), "notes.txt"]) writeFileSync(join(folder, name), "");
  assert.equal(writeCache(file, UID, FACTS), true);
  assert.equal(readdirSync(folder).length, 9);
  writeFileSync(join(folder, "facts-00000000.json"), "");
  assert.equal(writeCache(file, UID, FACTS), true);
  assert.deepEqual(readdirSync(folder).sort(), [file.slice(folder.length + 1), "notes.txt"].sort());
});

test("root that came by sudo never uses a folder of the user's session", () => {
  const env = { XDG_CACHE_HOME: "/home/u/.cache" };
  assert.match(
    cacheFile({ uid: 0, gid: 0, name: "root", home: "/root", sudoUid: 1000 }, env, "1"),
    /^\/root\/\.cache\/cordon\//,
  );
  assert.match(cacheFile(USER, { XDG_CACHE_HOME: "relative" }, "1"), /^\/home\/u\/\.cache\/cordon\//);
});

test("the context changes with the kernel, the user, the program and the settings, and with nothing else", () => {
  const key = contextKey("6.1", USER, "d", {});
  assert.equal(contextKey("6.1", USER, "d", {}), key);
  const others = [
    contextKey("6.2", USER, "d", {}),
    contextKey("6.1", { ...USER, uid: 7 }, "d", {}),
    contextKey("6.1", USER, "e", {}),
    contextKey("6.1", USER, "d", { apparmorRestriction: 1 }),
  ];
  assert.equal(new Set([key, ...others]).size, 5);
});
