// Unit tests of walking where a rule could be skipped: unreadable folders, names that aren't UTF-8, pseudo file systems, large trees.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { effort } from "../../test/support/effort.js";
import { CordonError } from "../core/error.js";
import { nothingToFind, pseudoMounts, walk } from "./walk.js";

const UID = process.geteuid?.() ?? 0;

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-walk-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function latin(folder: string, ...names: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from(folder), ...names.map((name) => Buffer.from(`/${name}`, "latin1"))]);
}

test("a name that isn't UTF-8 is passed over when no rule wants it, and so is what lies below", (context) => {
  const folder = folderFor(context);
  mkdirSync(latin(folder, "f\xfcr"));
  writeFileSync(latin(folder, "f\xfcr", "plain"), "");
  writeFileSync(join(folder, ".env"), "");
  assert.deepEqual(
    walk(folder, (path) => path.endsWith("/.env"), UID),
    [join(folder, ".env")],
  );
});

test("a match that can't be written in a plan is refused, at any depth below such a name", (context) => {
  const folder = folderFor(context);
  mkdirSync(latin(folder, "f\xfcr", "deep", "er"), { recursive: true });
  writeFileSync(latin(folder, "f\xfcr", "deep", "er", ".env"), "");
  assert.throws(
    () => walk(folder, (path) => path.endsWith("/.env"), UID),
    (error) => error instanceof CordonError && error.code === "path-refused",
  );
});

test("a folder that its owner shut is never passed over, since the command could open it again", () => {
  assert.equal(nothingToFind("EACCES", 1000, 1000), false);
  assert.equal(nothingToFind("EACCES", 0, 1000), true);
  assert.equal(nothingToFind("ENOENT", undefined, 1000), true);
  assert.equal(nothingToFind("EIO", 0, 1000), false);
});

test("/proc and its like are named but not entered", () => {
  const seen: string[] = [];
  walk("/proc", (path) => seen.push(path) > 0, UID);
  assert.deepEqual(seen, ["/proc"]);
  assert.deepEqual(
    [...pseudoMounts("1 2 0:5 / /proc rw - proc proc rw\n3 2 8:1 / / rw - ext4 /dev/sda rw\n")],
    ["/proc"],
  );
});

test("a tree of 20,000 entries takes well under a second", (context) => {
  const folder = folderFor(context);
  for (let i = 0; i < 1000; i++) {
    mkdirSync(join(folder, `d${i % 30}`, `e${i}`), { recursive: true });
    for (let j = 0; j < 19; j++) writeFileSync(join(folder, `d${i % 30}`, `e${i}`, `f${j}`), "");
  }
  const took = effort();
  let visited = 0;
  walk(folder, () => visited++ < 0, UID);
  assert.equal(visited, 1 + 30 + 1000 + 19_000);
  assert.ok(took() < 1000);
});

test("a folder too deep to be opened by its path is passed over, or counts as a match", (context) => {
  const folder = folderFor(context);
  const name = "d".repeat(250);
  const python =
    "import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(30): os.mkdir(sys.argv[2]); os.chdir(sys.argv[2])\n";
  const made = spawnSync("python3", ["-c", `${python}open('.env','w')`, folder, name]);
  assert.equal(made.status, 0, made.stderr.toString());
  const wanted = (path: string) => path.endsWith("/.env");
  const without = walk(folder, wanted, UID);
  const [found, ...more] = walk(folder, wanted, UID, { tooDeepMatches: true });
  // Node can't remove what it can't name.
  spawnSync("rm", ["-rf", join(folder, name)]);
  assert.deepEqual(without, []);
  assert.deepEqual(more, []);
  assert.ok(found?.startsWith(`${folder}/${name}/`) && found.length < 4000, found);
});
