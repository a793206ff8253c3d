// Unit tests of the look-ups behind planning, on a real folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { capabilities } from "./facts.js";
import type { HostFacts } from "./types.js";
import { hostView } from "./view.js";

const FACTS: HostFacts = {
  kernel: { release: "6.1", architecture: "x64" },
  user: { uid: process.geteuid?.() ?? 0, gid: 0, name: "u", home: "/" },
  ...capabilities({}),
  namespaces: { usable: false, proc: false, time: false },
  cgroup: { layout: "none", controllers: [], delegated: false },
  lsm: [],
  container: undefined,
  tools: {},
  init: undefined,
};

function viewOf(context: TestContext) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordon-view-")));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "a/b/.env"), "SECRET=1\n");
  symlinkSync("a/b", join(folder, "link"));
  symlinkSync("nowhere", join(folder, "dangling"));
  return { folder, view: hostView(FACTS, { PATH: "/usr/bin:/bin", NAME: "value" }) };
}

test("kinds, links and real paths are told without following what wasn't asked", (context) => {
  const { folder, view } = viewOf(context);
  assert.equal(view.kind(join(folder, "a")), "directory");
  assert.equal(view.kind(join(folder, "link")), "symlink");
  assert.equal(view.kind(join(folder, "a/b/.env")), "file");
  assert.equal(view.kind("/dev/null"), "other");
  assert.equal(view.kind(join(folder, "none")), undefined);
  assert.equal(view.readLink(join(folder, "link")), "a/b");
  assert.equal(view.real(join(folder, "link/.env")), join(folder, "a/b/.env"));
  assert.equal(view.real(join(folder, "dangling")), undefined);
  assert.equal(view.kind("with\0nul"), undefined);
});

test("texts are bounded, of regular files only, never through a link, and UTF-8", (context) => {
  const { folder, view } = viewOf(context);
  assert.equal(view.text(join(folder, "a/b/.env")), "SECRET=1\n");
  assert.equal(view.text(join(folder, "a/b/.env"), 8), undefined);
  symlinkSync("a/b/.env", join(folder, "text"));
  assert.equal(view.text(join(folder, "text")), undefined);
  assert.equal(view.text("/dev/zero"), undefined);
  writeFileSync(join(folder, "latin"), Buffer.from([0x66, 0xfc, 0x72]));
  assert.equal(view.text(join(folder, "latin")), undefined);
  execFileSync("mkfifo", [join(folder, "fifo")]);
  assert.equal(view.text(join(folder, "fifo")), undefined, "a pipe without a writer doesn't block");
});

test("lists, owners, programs and the environment", (context) => {
  const { folder, view } = viewOf(context);
  assert.deepEqual([...view.list(folder)].sort(), ["a", "dangling", "link"]);
  assert.deepEqual(view.list(join(folder, "none")), []);
  assert.equal(view.owner(folder)?.uid, FACTS.user.uid);
  assert.ok(view.which("sh")?.endsWith("/sh"));
  assert.equal(view.which("no-such-program"), undefined);
  assert.equal(view.env("NAME"), "value");
  assert.equal(view.env("OTHER"), undefined);
  assert.deepEqual(view.envNames?.(), ["PATH", "NAME"]);
});

test("walking visits every entry once and follows no link", (context) => {
  const { folder, view } = viewOf(context);
  symlinkSync("..", join(folder, "a/loop"));
  const seen: string[] = [];
  const found = view.walk(folder, (path, isDirectory) => {
    seen.push(`${path.slice(folder.length)}${isDirectory ? "/" : ""}`);
    return path.endsWith("/.env");
  });
  assert.deepEqual(found, [join(folder, "a/b/.env")]);
  assert.deepEqual(seen.sort(), ["/", "/a/", "/a/b/", "/a/b/.env", "/a/loop", "/dangling", "/link"].sort());
});

test("walking a file asks about it, and walking nothing finds nothing", (context) => {
  const { folder, view } = viewOf(context);
  assert.deepEqual(
    view.walk(join(folder, "a/b/.env"), () => true),
    [join(folder, "a/b/.env")],
  );
  assert.deepEqual(
    view.walk(join(folder, "none"), () => true),
    [],
  );
});
