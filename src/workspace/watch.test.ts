import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Deferred, deferred } from "../core/deferred.js";
import { planOf } from "../plan/testing/plans.js";
import type { GuardedName, Plan } from "../plan/types.js";
import { startNameWatch } from "./watch.js";

const LIMIT_MS = 30_000;

/** Remembers what was found and lets a test wait for a path. */
class Found {
  readonly paths: string[] = [];
  readonly #waits = new Map<string, Deferred<void>>();

  readonly add = (path: string) => {
    this.paths.push(path);
    this.#waits.get(path)?.resolve();
  };

  /** The next time that a path is found, from now on. */
  async next(path: string): Promise<void> {
    const wait = deferred<void>();
    this.#waits.set(path, wait);
    const timer = setTimeout(
      () => wait.reject(new Error(`${path} wasn't found; only ${this.paths.join(" ")}`)),
      LIMIT_MS,
    );
    await wait.promise;
    clearTimeout(timer);
  }
}

interface Setup {
  readonly names?: readonly (Partial<GuardedName> & { readonly components: readonly string[] })[];
  readonly masks?: readonly string[];
  readonly before?: (folder: string) => void;
  readonly masksSinceMs?: number;
}

async function watching(
  t: TestContext,
  { names = [{ components: [".env"] }], masks = [], before, masksSinceMs }: Setup = {},
) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordon-watch-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  before?.(folder);
  const { plan } = planOf({});
  const changed: Plan = {
    ...plan,
    mounts: masks.map((target) => ({ kind: "mask", target, origin: "filesystem.deny.0" })),
    guard: {
      roots: [],
      names: names.map((name) => ({ kind: "deny", origin: "filesystem.deny.0", ...name })),
      watch: [{ source: folder, target: "/ws" }],
    },
  };
  const found = new Found();
  const watch = startNameWatch(changed, found.add, masksSinceMs === undefined ? {} : { masksSinceMs });
  t.after(() => watch.stop());
  await watch.ready;
  return { folder, found, watch };
}

/** As an editor saves: a new file is renamed over the old one. */
function replace(path: string): void {
  writeFileSync(`${path}.new`, "");
  renameSync(`${path}.new`, path);
}

/** Waits until everything that happened before is looked at: a name that is made now is found after it. */
async function settled(folder: string, found: Found): Promise<void> {
  const wait = found.next("/ws/last/.env");
  mkdirSync(join(folder, "last"));
  writeFileSync(join(folder, "last", ".env"), "");
  await wait;
}

test("a denied name that appears is found, in the tree and in new folders below it", async (t) => {
  const { folder, found } = await watching(t);
  const top = found.next("/ws/.env");
  writeFileSync(join(folder, ".env"), "");
  await top;
  const deep = found.next("/ws/a/b/c/.ENV");
  mkdirSync(join(folder, "a", "b", "c"), { recursive: true });
  writeFileSync(join(folder, "a", "b", "c", ".ENV"), "");
  await deep;
});

test("a denied name that is there before the plan knew of it is found at once", async (t) => {
  const { found } = await watching(t, {
    before: (folder) => {
      mkdirSync(join(folder, "a"));
      writeFileSync(join(folder, "a", ".env"), "");
    },
  });
  assert.deepEqual(found.paths, ["/ws/a/.env"]);
});

test("a hidden file that is replaced by renaming another one over it is found again, each time", async (t) => {
  const { folder, found } = await watching(t, {
    masks: ["/ws/.env"],
    before: (folder) => writeFileSync(join(folder, ".env"), ""),
    masksSinceMs: Date.now() + 60_000,
  });
  assert.deepEqual(found.paths, []);
  for (const _ of [1, 2, 3]) {
    const again = found.next("/ws/.env");
    replace(join(folder, ".env"));
    await again;
  }
});

test("a hidden file that was replaced after its mask was put on and before the watch began is found", async (t) => {
  const { found } = await watching(t, {
    masks: ["/ws/.env"],
    before: (folder) => writeFileSync(join(folder, ".env"), ""),
    masksSinceMs: Date.now() - 60_000,
  });
  assert.deepEqual(found.paths, ["/ws/.env"]);
});

test("a file that is removed and made again, with the same inode perhaps, is found again", async (t) => {
  const { folder, found } = await watching(t);
  for (const _ of [1, 2, 3]) {
    const next = found.next("/ws/.env");
    writeFileSync(join(folder, ".env"), "");
    await next;
    rmSync(join(folder, ".env"));
  }
});

test("a folder that is moved in or renamed is looked through, and watched under its new name", async (t) => {
  const { folder, found } = await watching(t, {
    before: (folder) => mkdirSync(join(folder, "old", "sub"), { recursive: true }),
  });
  renameSync(join(folder, "old"), join(folder, "new"));
  mkdirSync(join(folder, "old"));
  await settled(folder, found);
  const moved = found.next("/ws/new/sub/.env");
  writeFileSync(join(folder, "new", "sub", ".env"), "");
  await moved;
  const fresh = found.next("/ws/old/.env");
  writeFileSync(join(folder, "old", ".env"), "");
  await fresh;
  assert.ok(!found.paths.some((path) => path.startsWith("/ws/old/sub")));
});

test("a tree that is renamed as a whole is still watched", async (t) => {
  const { folder, found } = await watching(t);
  t.after(() => rmSync(`${folder}-moved`, { recursive: true, force: true }));
  renameSync(folder, `${folder}-moved`);
  const next = found.next("/ws/a/.env");
  mkdirSync(join(`${folder}-moved`, "a"));
  writeFileSync(join(`${folder}-moved`, "a", ".env"), "");
  await next;
});

test("links to folders aren't followed, and a link takes nothing out of the tree", async (t) => {
  const outside = realpathSync(mkdtempSync(join(tmpdir(), "cordon-watch-")));
  t.after(() => rmSync(outside, { recursive: true, force: true }));
  writeFileSync(join(outside, ".env"), "");
  const { folder, found } = await watching(t, { before: (folder) => symlinkSync(outside, join(folder, "link")) });
  symlinkSync("/", join(folder, "root"));
  await settled(folder, found);
  assert.deepEqual(new Set(found.paths), new Set(["/ws/last/.env"]));
});

test("what a denied link leads to is hidden again when it is replaced", async (t) => {
  const { folder, found } = await watching(t, {
    masks: ["/ws/conf/real"],
    masksSinceMs: Date.now() + 60_000,
    before: (folder) => {
      mkdirSync(join(folder, "conf"));
      writeFileSync(join(folder, "conf", "real"), "");
      symlinkSync("conf/real", join(folder, ".env"));
    },
  });
  assert.deepEqual(found.paths, []);
  const again = found.next("/ws/conf/real");
  replace(join(folder, "conf", "real"));
  await again;
  const link = found.next("/ws/sub/.env");
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "other"), "");
  symlinkSync("../other", join(folder, "sub", ".env"));
  await link;
  const target = found.next("/ws/other");
  replace(join(folder, "other"));
  await target;
});

test("a denied file whose name isn't UTF-8 is hidden with its folder", async (t) => {
  const { folder, found } = await watching(t, { names: [{ components: ["*.key"] }] });
  mkdirSync(join(folder, "a"));
  const next = found.next("/ws/a");
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/a/`), Buffer.from([0xe9]), Buffer.from(".key")]), "");
  await next;
});

test("a denied folder is hidden as a whole and not looked into", async (t) => {
  const { folder, found } = await watching(t, { names: [{ components: ["private"] }, { components: [".env"] }] });
  const next = found.next("/ws/private");
  mkdirSync(join(folder, "private", "sub"), { recursive: true });
  await next;
  writeFileSync(join(folder, "private", "sub", ".env"), "");
  await settled(folder, found);
  assert.deepEqual(new Set(found.paths), new Set(["/ws/private", "/ws/last/.env"]));
});

test("more events at once than the kernel keeps lose no name", async (t) => {
  const { folder, found } = await watching(t);
  const next = found.next("/ws/z/.env");
  // The loop doesn't read events meanwhile, so the queue of 16384 runs over.
  for (let index = 0; index < 12_000; index++) {
    writeFileSync(join(folder, `f${index}`), "");
    rmSync(join(folder, `f${index}`));
  }
  mkdirSync(join(folder, "z"));
  writeFileSync(join(folder, "z", ".env"), "");
  await next;
});

test("nothing is found after the watch was stopped", async (t) => {
  const { folder, found, watch } = await watching(t);
  await watch.stop();
  const other = await watching(t);
  writeFileSync(join(folder, ".env"), "");
  await settled(other.folder, other.found);
  assert.deepEqual(found.paths, []);
});

const LIMITED = "CORDON_TEST_FEW_WATCHES";

test("where the user's watches are used up, names are found all the same", {
  skip: process.env[LIMITED] !== undefined,
}, (t) => {
  const script = 'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"';
  const file = fileURLToPath(import.meta.url);
  const probe = spawnSync("unshare", ["-Ur", "true"]);
  if (probe.status !== 0) return t.skip("no user namespaces here");
  const limited = spawnSync("unshare", ["-Ur", "sh", "-c", script, "sh", process.execPath, file], {
    env: { ...process.env, [LIMITED]: "1", NODE_TEST_CONTEXT: "" },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(limited.status, 0, limited.stdout + limited.stderr);
});
