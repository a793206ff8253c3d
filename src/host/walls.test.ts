// Made-up programs in the place of bwrap: what is asked of them, what is remembered, and what `auto` makes of it.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fakeView } from "../plan/testing/host.js";
import { chooseOther } from "./choice.js";
import type { HostFacts } from "./types.js";
import { probeWall } from "./walls.js";

interface Scene {
  readonly env: Readonly<Record<string, string>>;
  readonly facts: HostFacts;
  /** How often the program was started. */
  starts(): number;
  program(name: string, script: string): void;
}

function sceneOf(context: TestContext): Scene {
  const folder = mkdtempSync(join(tmpdir(), "cordon-walls-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "log");
  const { facts } = fakeView({ paths: [] });
  return {
    env: { PATH: folder, XDG_CACHE_HOME: join(folder, "cache") },
    facts: { ...facts, user: { ...facts.user, uid: process.getuid?.() ?? 0 } },
    starts: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0),
    program: (name, script) => {
      writeFileSync(join(folder, name), `#!/bin/sh\necho started >> ${log}\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    },
  };
}

test("a program that isn't there, or that nobody knows, isn't one", async (context) => {
  const { env, facts } = sceneOf(context);
  assert.equal(await probeWall("bwrap", { facts, env }), undefined);
  assert.equal(await probeWall("sh", { facts, env: { PATH: "/bin" } }), undefined);
});

test("that a program works is remembered, for this very file", async (context) => {
  const scene = sceneOf(context);
  scene.program("bwrap", "exit 0");
  const first = await probeWall("bwrap", scene);
  assert.equal(first?.obstacle, undefined);
  assert.deepEqual(await probeWall("bwrap", scene), first);
  assert.equal(scene.starts(), 1);
  scene.program("bwrap", "exit 0 # another one");
  await probeWall("bwrap", scene);
  assert.equal(scene.starts(), 2);
});

test("a user without a systemd manager gets no service, and is told what makes one", async (context) => {
  const scene = sceneOf(context);
  scene.program("systemd-run", "exit 0");
  const facts = { ...scene.facts, user: { ...scene.facts.user, uid: 4242 } };
  const found = await probeWall("systemd-run", { ...scene, facts });
  assert.match(found?.obstacle ?? "", /^no systemd manager of your user answers/);
  assert.match(found?.fix ?? "", /enable-linger/);
  assert.equal(scene.starts(), 0);
});

test("what a program says when it fails is told, made safe, and asked anew the next time", async (context) => {
  const scene = sceneOf(context);
  scene.program("bwrap", "printf 'first\\nno permissions\\033[31m here\\n' >&2; exit 1");
  const found = await probeWall("bwrap", scene);
  assert.match(found?.obstacle ?? "", /^bwrap can't make a sandbox here: no permissions/);
  assert.ok(!found?.obstacle?.includes("\x1b"));
  await probeWall("bwrap", scene);
  assert.equal(scene.starts(), 2);
});

test("auto goes on to the first program that works, and says why", async (context) => {
  const scene = sceneOf(context);
  const namespaces = { usable: false, proc: true, time: true, reason: "they are forbidden" };
  const facts = { ...scene.facts, namespaces, user: { ...scene.facts.user, uid: 1000 } };
  assert.deepEqual(await chooseOther(facts, scene.env), {
    name: "native",
    reason: "none works here: they are forbidden",
  });
  scene.program("bwrap", "exit 1");
  scene.program("firejail", "exit 0");
  assert.deepEqual(await chooseOther(facts, scene.env), {
    name: "firejail",
    reason: "it works here; native can't be used: they are forbidden",
  });
  const root = { ...facts, user: { ...facts.user, uid: 0 } };
  assert.equal((await chooseOther(root, scene.env)).name, "native");
});
