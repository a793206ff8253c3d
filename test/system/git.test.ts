// Everyday git works inside; what makes git run a program outside doesn't: H1-H4. The judge is git itself, run outside on the
// folder that the command inside has worked on, which only a test may do.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const NAMED = "git config user.name T; git config user.email t@localhost";

async function makeRepository(stage: Stage, path: string): Promise<string> {
  const folder = stage.makeDirectory(path);
  stage.write(`${path}/file`, "one\n");
  const script = `git init -q -b main; ${NAMED}; git add -A; git commit -qm one`;
  const made = await stage.outside(["sh", "-ec", script], { cwd: folder });
  assert.equal(made.code, 0, made.stderr);
  return folder;
}

/** What git runs outside afterwards: true when any of it executed the planted program. */
async function gitExecutes(stage: Stage, folder: string): Promise<boolean> {
  const script =
    "git status; git diff; git log -1 -p; git stash list; git checkout -q -; git commit -q --allow-empty -m x; git branch";
  await exec(["sh", "-c", script], { identity: stage.identity, cwd: folder, timeoutMs: 20_000 });
  return stage.exists("executed");
}

/** Ways to have git run `$EVIL`, as a shell script in the workspace. */
const PLANTS: Readonly<Record<string, string>> = {
  "core.fsmonitor": 'git config core.fsmonitor "$EVIL"',
  "core.hooksPath": 'mkdir hooks; cp "$EVIL" hooks/post-commit; git config core.hooksPath "$PWD/hooks"',
  "a hook": 'mkdir -p .git/hooks; cp "$EVIL" .git/hooks/post-commit',
  "a config written by hand": 'printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> .git/config',
  "a config moved into place":
    'cp .git/config c; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> c; mv -f c .git/config',
  "an included file": 'printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" > more; git config include.path ../more',
  "a conditional include":
    'printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" > more; git config "includeIf.gitdir:/**.path" "$PWD/more"',
  "an external diff": 'git config diff.external "$EVIL"; echo two >> file',
  "a text conversion": 'git config diff.x.textconv "$EVIL"; echo "* diff=x" > .gitattributes; echo two >> file',
  "a filter": 'git config filter.x.clean "$EVIL"; echo "* filter=x" > .gitattributes; touch file; echo two >> file',
  "a pager":
    'git config core.pager "$EVIL"; git config pager.branch "$EVIL"; git config pager.status "$EVIL"; git config core.fsmonitor "$EVIL"',
  "an alias": 'git config alias.st "!$EVIL"; git config core.fsmonitor "$EVIL"',
  "a worktree config":
    'git config extensions.worktreeConfig true; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" > .git/config.worktree',
  "a .git that leads elsewhere":
    'cp -r .git other; mkdir -p other; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> other/config; mv .git aside; printf "gitdir: other\\n" > .git',
  "a link as .git":
    'cp -r .git other; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> other/config; mv .git aside; ln -s other .git',
  "a common folder":
    'cp -r .git other; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> other/config; printf "../other\\n" > .git/commondir',
  "a .git file in a subfolder":
    'cp -r .git other; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> other/config; mkdir -p a/b/c; echo "gitdir: $PWD/other" > a/b/c/.git',
  "a link as .git in a subfolder":
    'cp -r .git other; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> other/config; mkdir -p a/b/c; ln -s ../../../other a/b/c/.git',
  "a repository in a subfolder":
    'mkdir -p a/b/c; git init -q a/b/c; cd a/b/c; printf "[core]\\n\\tfsmonitor = %s\\n" "$EVIL" >> .git/config; cd ../../..',
};

for (const identity of identities) {
  describe(`git, as ${identity.name}`, () => {
    for (const [what, script] of Object.entries(PLANTS)) {
      const judged = what.endsWith("in a subfolder") ? "workspace/a/b/c" : "workspace";
      test(`${what} doesn't make git run a program outside`, async (t) => {
        const plant = async (inside: boolean): Promise<boolean> => {
          const stage = makeStage(t, identity);
          await makeRepository(stage, "workspace");
          const evil = stage.write("workspace/evil", `#!/bin/sh\ntouch ${stage.path("executed")}\n`, 0o755);
          const argv = ["bash", "-c", `EVIL=${evil}; PATH=$PATH; ${script}`];
          if (inside) await stage.inside(argv);
          else await stage.outside(argv);
          // Whatever ran while planting doesn't count: only what runs afterwards, outside.
          await exec(["rm", "-f", stage.path("executed")]);
          return await gitExecutes(stage, stage.path(judged));
        };
        assert.equal(await plant(false), true, "outside, git runs it");
        assert.equal(await plant(true), false);
      });
    }

    test("a worktree's own files don't lead git to another config", async (t) => {
      const plant = async (inside: boolean): Promise<boolean> => {
        const stage = makeStage(t, identity);
        await makeRepository(stage, "workspace");
        await stage.outside(["git", "worktree", "add", "-q", "tree"]);
        const evil = stage.write("workspace/evil", `#!/bin/sh\ntouch ${stage.path("executed")}\n`, 0o755);
        const config = `cp -r .git other; printf "[core]\\n\\tfsmonitor = %s\\n" "${evil}" >> other/config`;
        const argv = ["bash", "-c", `${config}; echo "$PWD/other" > .git/worktrees/tree/commondir`];
        if (inside) await stage.inside(argv);
        else await stage.outside(argv);
        return await gitExecutes(stage, stage.path("workspace/tree"));
      };
      assert.equal(await plant(false), true, "outside, git runs it");
      assert.equal(await plant(true), false);
    });

    test("clone, init, commit, branch, merge, stash, tag and gc work", async (t) => {
      const stage = makeStage(t, identity);
      await makeRepository(stage, "workspace/origin");
      const lines = [
        "set -ex",
        "git clone -q origin copy && cd copy",
        NAMED,
        "echo two > two && git add two && git commit -qm two",
        "git checkout -qb side && echo three > three && git add . && git commit -qm three",
        "git checkout -q main && git merge -q --no-ff -m merge side",
        "echo x >> two && git stash -q && git stash pop -q && git checkout -q two",
        "git tag -a v1 -m v1 && git gc -q && git fsck --no-dangling",
        "git remote add other ../origin && git fetch -q other && git config branch.main.description text",
        "git branch -q tracking other/main && git remote rename other another && git remote remove another",
        "cd .. && git init -q fresh && cd fresh && git status && git worktree list",
      ];
      const result = await stage.inside(["bash", "-c", lines.join("\n")]);
      assert.equal(result.code, 0, result.stderr);
      const log = await stage.outside(["git", "-C", stage.path("workspace/copy"), "log", "--oneline", "main"]);
      assert.equal(log.stdout.trim().split("\n").length, 4, log.stdout + log.stderr);
      assert.ok(stage.exists("workspace/fresh/.git/HEAD"));
    });

    test("push with -u to a bare repository in the workspace sets the upstream", async (t) => {
      const stage = makeStage(t, identity);
      await makeRepository(stage, "workspace/work");
      const script =
        "git init -q --bare server.git; cd work; git remote add origin ../server.git; git push -qu origin main; git status -sb";
      const result = await stage.inside(["bash", "-ec", script]);
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /main\.\.\.origin\/main/);
      assert.match(readFileSync(stage.path("workspace/work/.git/config"), "utf8"), /\[branch "main"\]/);
    });

    test("settings that were there before stay, in a submodule too, and none is changed", async (t) => {
      const stage = makeStage(t, identity);
      await makeRepository(stage, "lib");
      const folder = await makeRepository(stage, "workspace");
      const add = "git -c protocol.file.allow=always submodule add -q ../lib lib && git commit -qm lib";
      const filter = "git config filter.x.clean cat && git config alias.st 'status -s'";
      const made = await stage.outside(["sh", "-ec", `${add}; ${filter}; cd lib; git config alias.st status`], {
        cwd: folder,
      });
      assert.equal(made.code, 0, made.stderr);
      const script = [
        "git config user.name New",
        "git config -f .git/config pull.rebase true",
        "(cd lib && git config user.name New && git config user.name)",
        "git config alias.st '!touch evil' || echo refused",
        "git config filter.x.clean 'sh -c evil' || echo refused",
        "(cd lib && git config core.worktree / || echo refused)",
        "git config --get alias.st",
      ].join("\n");
      const result = await stage.inside(["sh", "-c", script]);
      assert.deepEqual(
        result.stdout.split("\n"),
        ["New", "refused", "refused", "refused", "status -s", ""],
        result.stderr,
      );
    });

    test("a dangerous setting is refused with an error of git's own", async (t) => {
      const stage = makeStage(t, identity);
      await makeRepository(stage, "workspace");
      for (const setting of [
        "core.fsmonitor",
        "core.hooksPath",
        "core.sshCommand",
        "alias.x",
        "filter.y.clean",
        "include.path",
      ]) {
        const result = await stage.inside(["git", "config", setting, "/tmp/program"]);
        assert.notEqual(result.code, 0, `${setting} was accepted`);
      }
      assert.equal(stage.exists("workspace/.git/config.lock"), false);
      const fine = await stage.inside(["git", "config", "user.name", "Somebody"]);
      assert.equal(fine.code, 0, fine.stderr);
    });
  });
}
