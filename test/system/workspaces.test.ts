// Which folders may be a workspace, and in which shapes: worktrees, submodules, links (H37); a home, / and Cordon's own are refused.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const NAMED = "git config user.name T; git config user.email t@localhost";

async function build(stage: Stage, script: string): Promise<void> {
  const made = await stage.outside(["bash", "-ec", script], { cwd: stage.root });
  assert.equal(made.code, 0, made.stderr);
}

for (const identity of identities) {
  describe(`workspaces, as ${identity.name}`, () => {
    for (const refused of [identity.home, dirname(identity.home), "/", "/etc", "/proc", "/dev"]) {
      test(`${refused} is refused`, async (t) => {
        const stage = makeStage(t, identity);
        const argv = cordonArgv("run", "-p", stage.path("policy.yaml"), "-w", refused, "--", "true");
        const result = await exec(argv, { identity, cwd: stage.workspace });
        assert.equal(result.code, 125, result.stderr);
        assert.equal(result.stderr.trim().split("\n").length, 1, result.stderr);
      });
    }

    test("a link to the home folder is refused as well", async (t) => {
      const stage = makeStage(t, identity);
      await build(stage, `ln -s ${identity.home} link`);
      const argv = cordonArgv("run", "-p", stage.path("policy.yaml"), "-w", stage.path("link"), "--", "true");
      assert.equal((await exec(argv, { identity, cwd: stage.workspace })).code, 125);
    });

    test("a workspace that holds the policy in use doesn't let it be changed", async (t) => {
      const stage = makeStage(t, identity);
      const policy = stage.write("workspace/cordon.yaml", "version: 1\nname: own\n");
      const argv = cordonArgv(
        "run",
        "-p",
        policy,
        "-w",
        stage.workspace,
        "--",
        "sh",
        "-c",
        "echo x >> cordon.yaml; rm -f cordon.yaml; mv cordon.yaml y",
      );
      await exec(argv, { identity, cwd: stage.workspace });
      assert.equal(readFileSync(policy, "utf8"), "version: 1\nname: own\n");
    });

    test("a current folder that was removed meanwhile is named as such", async (t) => {
      const stage = makeStage(t, identity);
      await build(stage, "mkdir gone");
      const script = 'cd gone && rmdir ../gone && exec "$@"';
      const result = await exec(["sh", "-c", script, "sh", ...cordonArgv("run", "--", "true")], {
        identity,
        cwd: stage.root,
      });
      assert.equal(result.code, 125, result.stderr);
      assert.match(result.stderr, /^cordon: the current folder isn't there any more/m);
    });

    test("a symbolic link as workspace shows the real folder", async (t) => {
      const stage = makeStage(t, identity);
      await build(stage, "mkdir real; echo content > real/file; ln -s real link");
      const argv = cordonArgv(
        "run",
        "-p",
        stage.path("policy.yaml"),
        "-w",
        stage.path("link"),
        "--",
        "sh",
        "-c",
        "cat file; echo new > made",
      );
      const result = await exec(argv, { identity, cwd: stage.path("link") });
      assert.equal(result.stdout, "content\n", result.stderr);
      assert.ok(stage.exists("real/made"));
    });

    test("git works in a worktree, and the main repository's hooks stay closed", async (t) => {
      const stage = makeStage(t, identity);
      await build(
        stage,
        `git init -qb main repo; cd repo; ${NAMED}; git commit -q --allow-empty -m one; git worktree add -q ../tree -b side`,
      );
      const work = "git status && echo x > x && git add x && git commit -qm x && git log --oneline";
      const attack =
        "mkdir -p ../repo/.git/hooks; echo evil > ../repo/.git/hooks/post-commit; echo evil >> ../repo/.git/config";
      const argv = cordonArgv(
        "run",
        "-p",
        stage.path("policy.yaml"),
        "-w",
        stage.path("tree"),
        "--",
        "sh",
        "-c",
        `${work}; status=$?; ${attack}; exit $status`,
      );
      const result = await exec(argv, { identity, cwd: stage.path("tree") });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(stage.exists("repo/.git/hooks/post-commit"), false);
      assert.doesNotMatch(readFileSync(stage.path("repo/.git/config"), "utf8"), /evil/);
      const log = await stage.outside(["git", "-C", stage.path("repo"), "log", "--oneline", "side"]);
      assert.equal(log.stdout.trim().split("\n").length, 2, log.stderr);
    });

    test("a repository with a submodule works, and the submodule's settings stay closed", async (t) => {
      const stage = makeStage(t, identity);
      const inner = `git init -qb main inner; cd inner; ${NAMED}; git commit -q --allow-empty -m one; cd ..`;
      const outer = `cd workspace; git init -qb main; ${NAMED}; git -c protocol.file.allow=always submodule --quiet add ../inner sub; git commit -qm two`;
      await build(stage, `${inner}; ${outer}`);
      const work = `cd sub && echo x > x && git add x && git -c user.name=T -c user.email=t@localhost commit -qm x && cd .. && git add sub && git commit -qm three && git submodule status`;
      const attack =
        "echo evil > .git/modules/sub/hooks/post-commit; echo '[core] evil = 1' >> .git/modules/sub/config; mkdir -p .git/modules/sub/hooks; cp /bin/sh .git/modules/sub/hooks/pre-commit";
      const result = await stage.inside(["sh", "-c", `${work}; status=$?; ${attack}; exit $status`]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(stage.exists("workspace/.git/modules/sub/hooks/post-commit"), false);
      assert.equal(stage.exists("workspace/.git/modules/sub/hooks/pre-commit"), false);
      assert.doesNotMatch(readFileSync(stage.path("workspace/.git/modules/sub/config"), "utf8"), /evil/);
    });

    test("a subfolder of a repository is a workspace without the rest", async (t) => {
      const stage = makeStage(t, identity);
      mkdirSync(stage.path("workspace/packages/one"), { recursive: true });
      stage.own(stage.workspace);
      stage.write("workspace/packages/two/file", stage.secret);
      const argv = cordonArgv(
        "run",
        "-p",
        stage.path("policy.yaml"),
        "-w",
        stage.path("workspace/packages/one"),
        "--",
        "sh",
        "-c",
        "cat ../two/file; echo x > made",
      );
      const result = await exec(argv, { identity, cwd: stage.path("workspace/packages/one") });
      assert.ok(!result.stdout.includes(stage.secret));
      assert.ok(stage.exists("workspace/packages/one/made"), result.stderr);
    });

    test("a workspace in mode read can't be written", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/file", "x");
      const result = await stage.inside(["sh", "-c", "cat file; echo y >> file; touch new; rm file"], {
        flags: ["--mode", "read"],
      });
      assert.ok(result.stdout.startsWith("x"), result.stderr);
      assert.equal(readFileSync(stage.path("workspace/file"), "utf8"), "x");
      assert.equal(stage.exists("workspace/new"), false);
    });

    test("mode overlay is refused until it is there", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["true"], { flags: ["--mode", "overlay"], refused: true });
      assert.equal(result.code, 125);
      assert.equal(result.stderr.trim().split("\n").length, 1);
    });

    test("files made inside belong to the user outside", async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["sh", "-c", "touch made; mkdir folder; stat -c %u:%g made; id -u; id -g"]);
      assert.equal(result.code, 0, result.stderr);
      const owner = await exec(["stat", "-c", "%u:%g", stage.path("workspace/made"), stage.path("workspace/folder")]);
      assert.equal(owner.stdout, `${identity.uid}:${identity.gid}\n`.repeat(2));
    });
  });
}
