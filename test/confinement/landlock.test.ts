// The ruleset loaded into this machine's kernel over a real tree of mounts, and the facts that it is built on
// (docs/discoveries/landlock-*.md): were one of them to change, the guard would no longer be binding.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FS_ACCESS, type LandlockRules, landlockRules } from "../../src/confinement/landlock.js";
import { bind, planFixture, tmpfs } from "./plan-fixture.js";

const RUNNER = fileURLToPath(new URL("../../../test/confinement/under-landlock.py", import.meta.url));
const READ = FS_ACCESS.readFile | FS_ACCESS.readDir | FS_ACCESS.execute;

const abi = Number(spawnSync("python3", [RUNNER, "abi"], { encoding: "utf8", timeout: 10_000 }).stdout);
const canMount = spawnSync("unshare", ["-rm", "true"], { timeout: 10_000 }).status === 0;
const skip =
  abi < 3 ? "this kernel has no Landlock, or one before ABI 3" : canMount ? false : "no user namespace to mount in";

describe("Landlock on this kernel", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-landlock-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  for (const name of ["home", "source", "outer/inner", "view"]) mkdirSync(path(name), { recursive: true });

  /** Runs a shell script under rules, where home is a tmpfs with `source` bound below it, and view is outer/inner. */
  const tryIt = (rules: Pick<LandlockRules, "handledFs" | "scoped" | "paths">, script: string): boolean => {
    const tree = `mount -t tmpfs none home && mkdir home/proj && mount --bind source home/proj && mount --bind outer/inner view`;
    const all = `${tree} && exec python3 "$@"`;
    const run = spawnSync(
      "unshare",
      ["-rm", "sh", "-ec", all, "sh", RUNNER, JSON.stringify(rules), "sh", "-ec", script],
      {
        cwd: folder,
        encoding: "utf8",
        timeout: 20_000,
      },
    );
    assert.doesNotMatch(run.stderr, /landlock_|mount:.*(failed|wrong)|Traceback/, run.stderr);
    return run.status === 0;
  };

  const rulesFor = (
    ...paths: LandlockRules["paths"][number][]
  ): Pick<LandlockRules, "handledFs" | "scoped" | "paths"> => {
    return { handledFs: 0x7fff, scoped: 0, paths: [{ path: "/", access: READ }, ...paths] };
  };

  test("a right on a directory holds below a mount point in it, and a narrower rule there takes nothing back", () => {
    const home = { path: path("home"), access: 0x7fff };
    assert.ok(tryIt(rulesFor(home), "echo x > home/proj/file"));
    assert.ok(tryIt(rulesFor(home, { path: path("home/proj"), access: READ }), "echo x > home/proj/file"));
    assert.ok(!tryIt(rulesFor({ path: path("home/proj"), access: READ }), "echo x > home/proj/file"));
  });

  test("a rule follows the directory to wherever it is mounted, but not from what lies above it elsewhere", () => {
    assert.ok(tryIt(rulesFor({ path: path("source"), access: 0x7fff }), "echo x > home/proj/file"));
    assert.ok(!tryIt(rulesFor({ path: path("outer"), access: 0x7fff }), "echo x > view/file"));
  });

  test("opening an entry of procfs as shells do needs the right to truncate", () => {
    const writeFile = { path: "/proc", access: FS_ACCESS.writeFile };
    assert.ok(!tryIt(rulesFor(writeFile), "echo x > /proc/self/comm"));
    assert.ok(
      tryIt(rulesFor({ ...writeFile, access: FS_ACCESS.writeFile | FS_ACCESS.truncate }), "echo x > /proc/self/comm"),
    );
  });

  test("a process under any file-system rule can't mount", () => {
    assert.ok(
      tryIt({ handledFs: 0, scoped: abi >= 6 ? 3 : 1, paths: [] }, abi >= 6 ? "mount -t tmpfs none source" : "true"),
    );
    assert.ok(!tryIt({ handledFs: FS_ACCESS.readDir, scoped: 0, paths: [] }, "mount -t tmpfs none source"));
  });

  test("the rules of a plan with a workspace in the private home let nothing of both be changed, and the rest be", () => {
    const [home, proj, view] = [path("home"), path("home/proj"), path("view")];
    const mounts = [tmpfs(home), bind(proj, "write"), tmpfs(view)];
    const plan = planFixture({ mounts, guard: { roots: [proj], names: [], watch: [] } });
    const rules = landlockRules(plan, abi);
    for (const change of [
      "echo x > home/proj/new",
      "mkdir home/proj/dir",
      "ln -s x home/proj/link",
      "mkfifo home/proj/fifo",
      "echo x > home/new",
      "rmdir home/proj",
      "mv view/here home/proj/there",
    ]) {
      assert.ok(!tryIt(rules, `touch view/here; ${change}`), change);
    }
    assert.ok(
      tryIt(
        rules,
        "echo x > view/a; mkdir view/d; mv view/a view/d/b; ln view/d/b view/c; rm -r view/c view/d; ls home/proj",
      ),
    );
  });
});
