// What a run itself has made under a protected name it may remove again: a clone that failed, a repository that isn't needed any more. What
// stood there before, or what somebody else has made or changed, it may not (H3). The judge is the tree outside.

import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, readdirSync, readFileSync, renameSync, unlinkSync } from "node:fs";
import { describe, test } from "node:test";
import type { Result } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const THEIRS = "workspace/theirs/.git/config";
const MINE = "workspace/q/.git/config";
const NOBODY = "https://127.0.0.1:1/x.git";
/** More than the guard remembers. */
const MANY = 4100;

/** A repository of the user's, with a setting that no harmless change takes away. */
async function makeTheirs(stage: Stage): Promise<void> {
  const made = await stage.outside(["sh", "-ec", "git init -q -b main theirs; git -C theirs config alias.st status"]);
  assert.equal(made.code, 0, made.stderr);
}

function isLost(stage: Stage): boolean {
  return !stage.exists(THEIRS) || !readFileSync(stage.path(THEIRS), "utf8").includes("st = status");
}

/** A script inside that stops at `pause` until something has happened outside. */
async function interrupted(stage: Stage, script: string, meanwhile: () => unknown): Promise<Result> {
  const pause = "pause() { touch ready; while [ ! -e go ]; do sleep 0.02; done; }";
  const running = stage.startInside(["bash", "-c", `${pause}; ${script}`], { timeoutMs: 40_000 });
  await until("the script stops", () => stage.exists("workspace/ready"));
  await meanwhile();
  stage.write("workspace/go", "");
  return await running.done;
}

/** What must succeed, and the names that it leaves. */
const WORK: Readonly<Record<string, readonly [script: string, ...left: string[]]>> = {
  "a clone that fails leaves nothing": [`! git clone -q ${NOBODY} q`],
  "a repository is made and removed": ["git init -q q; rm -rf q"],
  "a repository with settings is made and removed": [
    "git init -q q; git -C q config user.name T; git -C q remote add o ../p; rm -rf q",
  ],
  "a bare repository is made and removed": ["git init -q --bare q.git; rm -rf q.git"],
  "a repository is moved and removed": ["git init -q q; mkdir d; mv q d/r; git -C d/r config user.name T; rm -rf d"],
  "a repository is cloned, removed and cloned again": [
    "git init -q p; git clone -q p q; rm -rf q; git clone -q p q; git -C q status; rm -rf p",
    "q",
  ],
  "a clone that failed is tried again": [`! git clone -q ${NOBODY} q; git init -q p; git clone -q p q; rm -rf p`, "q"],
  "a repository is moved out of the workspace": ["git init -q q; mv q /tmp/q; git -C /tmp/q status"],
  "git sees that modes are kept": ["git init -q q; [ $(git -C q config core.filemode) = true ]; rm -rf q"],
  "a config is removed by its folder's descriptor": [
    `git init -q q; python3 -c 'import os; os.unlink("config", dir_fd=os.open("q/.git", os.O_RDONLY))'; rm -r q`,
  ],
};

/** Ways to lose the user's config, each with a repository of the run's own to help; $AWAY is out of the workspace. */
const ATTACKS: Readonly<Record<string, string>> = {
  "removing it": "rm -f theirs/.git/config",
  "removing it after a harmless change": "git -C theirs config user.name T; rm -f theirs/.git/config",
  "removing it after many": "for i in 1 2 3; do git -C theirs config user.name $i; done; rm -f theirs/.git/config",
  "removing everything after a harmless change": "git -C theirs config user.name T; rm -rf theirs",
  "moving an own one over it": "mv -f q/.git/config theirs/.git/config",
  "moving it over an own one": "mv -f theirs/.git/config q/.git/config; rm -f q/.git/config",
  "moving it in the place of an own one": "rm -f q/.git/config; mv theirs/.git/config q/.git/config",
  "moving it away": "mv theirs/.git/config $AWAY/c || mv theirs/.git/config c",
  "moving its folder away": "mv theirs/.git q/x || mv theirs/.git $AWAY/x",
  "moving the repository out of the workspace": "mv theirs $AWAY/t",
  "moving the repository meanwhile": "mv theirs q/t; rm -f q/t/.git/config; mv q/t theirs",
  "linking an own one over it": "ln -f q/.git/config theirs/.git/config",
  "linking it": "ln theirs/.git/config c; rm -f theirs/.git/config",
  "a link to its folder": "ln -s ../theirs/.git q/t; rm -f q/t/config",
  "exchanging both repositories":
    "git -C q config user.name T; mv q x; mv theirs q; rm -f q/.git/config; mv q theirs; mv x q",
  "its own text as its lock": "cp theirs/.git/config{,.lock}; mv theirs/.git/config{.lock,}; rm -f theirs/.git/config",
  "its mode": "chmod 0 theirs/.git/config; chmod 644 theirs/.git/config; rm -f theirs/.git/config",
};

/** What somebody outside does with a config that the run has made: from then on it stays. */
const MEANWHILE: Readonly<Record<string, (stage: Stage) => unknown>> = {
  "written into": (stage) => appendFileSync(stage.path(MINE), "[user]\n\tname = T\n"),
  "changed by git": (stage) => stage.outside(["git", "-C", "q", "config", "user.name", "T"]),
  "changed by git inside another run": (stage) => stage.inside(["git", "-C", "q", "config", "user.name", "T"]),
  "replaced by a copy": (stage) => {
    copyFileSync(stage.path(MINE), stage.path("workspace/copy"));
    renameSync(stage.path("workspace/copy"), stage.path(MINE));
  },
  "removed and made again": (stage) => {
    const text = readFileSync(stage.path(MINE));
    unlinkSync(stage.path(MINE));
    stage.write(MINE, text);
  },
};

/** MANY repositories; those that could be removed afterwards are printed. */
const FILL = `
import os
for i in range(${MANY}):
    os.makedirs(f"r{i}/.git")
    open(f"r{i}/.git/config.lock", "w").close()
    os.rename(f"r{i}/.git/config.lock", f"r{i}/.git/config")
for i in (0, 1, ${MANY - 2}, ${MANY - 1}):
    try:
        os.unlink(f"r{i}/.git/config")
        print(i)
    except PermissionError:
        pass
`;

/** Makes a config and removes it within a millisecond, round after round; each ends when somebody outside has taken the mark away. */
const ROUNDS = `
import os, random, time
os.makedirs("q/.git", exist_ok=True)
end = time.monotonic() + 5
while time.monotonic() < end:
    open("q/.git/config.lock", "w").close()
    os.rename("q/.git/config.lock", "q/.git/config")
    act = time.monotonic() + random.random() / 1000
    while time.monotonic() < act:
        pass
    try:
        os.unlink("q/.git/config")
    except OSError:
        pass
    open("done", "w").close()
    while os.path.exists("done") and time.monotonic() < end + 5:
        pass
open("over", "w").close()
`;

/** Puts a file of the user's over the run's as soon as that is seen. Counts how often it did, and how often the file was lost. */
async function race(stage: Stage): Promise<{ readonly put: number; readonly lost: number }> {
  let put = 0;
  let lost = 0;
  stage.write("workspace/next", "");
  while (!stage.exists("workspace/over")) {
    let replaced = false;
    while (!replaced && !stage.exists("workspace/done") && !stage.exists("workspace/over")) {
      if (!stage.exists(MINE)) continue;
      renameSync(stage.path("workspace/next"), stage.path(MINE));
      replaced = true;
    }
    await until("the round is done", () => stage.exists("workspace/done") || stage.exists("workspace/over"));
    if (replaced) put++;
    if (replaced && !stage.exists(MINE)) lost++;
    // Ready before the next round begins.
    if (replaced) stage.write("workspace/next", "");
    for (const name of [MINE, "workspace/done"]) if (stage.exists(name)) unlinkSync(stage.path(name));
  }
  return { put, lost };
}

for (const identity of identities) {
  describe(`repositories of the run's own, as ${identity.name}`, () => {
    for (const [name, [script, ...left]] of Object.entries(WORK)) {
      test(name, async (t) => {
        const stage = makeStage(t, identity);
        const result = await stage.inside(["bash", "-exc", script]);
        assert.equal(result.code, 0, result.stderr);
        assert.deepEqual(readdirSync(stage.workspace), left, result.stderr);
      });
    }

    for (const [name, script] of Object.entries(ATTACKS)) {
      test(`the user's own config isn't lost by ${name}`, async (t) => {
        for (const inside of [false, true]) {
          const stage = makeStage(t, identity);
          await makeTheirs(stage);
          const argv = ["bash", "-c", `AWAY=${inside ? "/tmp" : stage.root}; git init -q q; ${script}`];
          const result = await (inside ? stage.inside(argv) : stage.outside(argv));
          assert.equal(isLost(stage), !inside, result.stderr);
        }
      });
    }

    for (const [name, act] of Object.entries(MEANWHILE)) {
      test(`a config that was ${name} outside stays`, async (t) => {
        const stage = makeStage(t, identity);
        const result = await interrupted(stage, "git init -q q; pause; rm -rf q", () => act(stage));
        assert.equal(stage.exists(MINE), true, result.stderr);
      });
    }

    test("a config that somebody outside made the user's stays", async (t) => {
      const stage = makeStage(t, identity);
      await makeTheirs(stage);
      const move = (): void => renameSync(stage.path(MINE), stage.path(THEIRS));
      const result = await interrupted(stage, "git init -q q; pause; rm -f theirs/.git/config", move);
      assert.equal(stage.exists(THEIRS), true, result.stderr);
    });

    test("a repository of another run stays, earlier or at the same time", async (t) => {
      const stage = makeStage(t, identity);
      await stage.inside(["git", "init", "-q", "first"]);
      await stage.inside(["rm", "-rf", "first"]);
      assert.equal(stage.exists("workspace/first/.git/config"), true);
      const result = await interrupted(stage, "git init -q q; pause; rm -rf other; rm -rf q", async () => {
        await stage.inside(["sh", "-c", "git init -q other; rm -rf q"]);
        assert.equal(stage.exists(MINE), true);
      });
      assert.equal(stage.exists("workspace/other/.git/config"), true, result.stderr);
      assert.equal(stage.exists("workspace/q"), false, result.stderr);
    });

    test("the oldest of very many are protected again", async (t) => {
      const result = await makeStage(t, identity).inside(["python3", "-c", FILL]);
      assert.deepEqual(result.stdout.split("\n"), [`${MANY - 2}`, `${MANY - 1}`, ""], result.stderr);
    });

    test("a file that is put into its place while it is removed isn't lost", async (t) => {
      for (const inside of [false, true]) {
        const stage = makeStage(t, identity);
        const argv = ["python3", "-c", ROUNDS];
        const running = inside ? stage.startInside(argv) : stage.startOutside(argv);
        const { put, lost } = await race(stage);
        const result = await running.done;
        t.diagnostic(`${put} raced for, ${lost} lost`);
        assert.ok(put > 0, `nothing was raced for: ${result.stderr}`);
        if (inside) assert.equal(lost, 0, `of ${put}`);
        else assert.ok(lost > 0, "outside, it can be lost");
      }
    });
  });
}
