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
const GOOD = Object.fromEntries(ESSENTIAL.map((name) => [name, "ok"]));

function fileFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-cache-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return cacheFile(USER, { XDG_CACHE_HOME: folder }, "sha256:1");
}

test("what was written is read back by the same user in the same context, and is private", (context) => {
  const file = fileFor(context);
  assert.equal(writeCache(file, UID, "key", GOOD), true);
  assert.deepEqual(readCache(file, UID, "key"), GOOD);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readCache(file, UID, "other key"), undefined);
  assert.equal(readCache(file, UID + 1, "key"), undefined);
});

test("a failed answer is neither written nor believed", (context) => {
  const file = fileFor(context);
  const bad = { ...GOOD, userns: "1" };
  assert.equal(writeCache(file, UID, "key", bad), false);
  assert.equal(decodeCache(encodeCache(bad, "key"), "key"), undefined);
  assert.equal(decodeCache(encodeCache({}, "key"), "key"), undefined);
});

test("a corrupt, oversized, readable or linked file is as if it weren't there", (context) => {
  const file = fileFor(context);
  writeCache(file, UID, "key", GOOD);
  const good = readFileSync(file, "utf8");
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    good.replace("cordon-facts 1", "cordon-facts 2"),
    good + " ".repeat(20_000),
  ]) {
    writeFileSync(file, text);
    assert.equal(readCache(file, UID, "key"), undefined, text.slice(0, 40));
  }
  writeFileSync(file, good);
  chmodSync(file, 0o640);
  assert.equal(readCache(file, UID, "key"), undefined);
  chmodSync(file, 0o600);
  assert.deepEqual(readCache(file, UID, "key"), GOOD);
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
  assert.equal(readCache(file, UID, "key"), undefined);
});

test("a folder that others can write isn't written to, and nothing is left in it", (context) => {
  const file = fileFor(context);
  const folder = join(file, "..");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  assert.equal(writeCache(file, UID, "key", GOOD), false);
  assert.deepEqual(readdirSync(folder), []);
});

test("facts about other builds are removed, other files are not", (context) => {
  const file = fileFor(context);
  const folder = join(file, "..");
  mkdirSync(folder, { mode: 0o700 });
  for (const name of ["facts-0123456789abcdef.json", "notes.txt"]) writeFileSync(join(folder, name), "");
  assert.equal(writeCache(file, UID, "key", GOOD), true);
  assert.deepEqual(readdirSync(folder).sort(), [file.slice(folder.length + 1), "notes.txt"].sort());
});

test("root that came by sudo never uses a folder of the user's session", () => {
  const env = { XDG_CACHE_HOME: "/home/u/.cache" };
  assert.match(
    cacheFile({ uid: 0, gid: 0, name: "root", home: "/root", sudoUid: 1000 }, env, "d"),
    /^\/root\/\.cache\/cordon\//,
  );
  assert.match(cacheFile(USER, { XDG_CACHE_HOME: "relative" }, "d"), /^\/home\/u\/\.cache\/cordon\//);
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
