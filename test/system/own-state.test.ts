// Cordon's own folders are never inside: not below a granted folder, there or not (H8, H20). And a project's own Cordon stays what it is.

import assert from "node:assert/strict";
import { cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const VARIABLES = {
  XDG_STATE_HOME: "data/state",
  XDG_DATA_HOME: "data/share",
  XDG_CACHE_HOME: "data/cache",
  XDG_CONFIG_HOME: "data/config",
};

function run(stage: Stage, flags: readonly string[], script: string): Promise<Result> {
  const env = Object.fromEntries(Object.entries(VARIABLES).map(([name, path]) => [name, stage.path(path)]));
  const policy = stage.path("policy.yaml");
  const argv = cordonArgv("run", "-p", policy, "-w", stage.workspace, ...flags, "--", "sh", "-c", script);
  return exec(argv, { identity: stage.identity, cwd: stage.workspace, env });
}

for (const identity of identities) {
  describe(`Cordon's own folders, as ${identity.name}`, () => {
    for (const folder of ["state", "share"]) {
      test(`${folder} below a folder that may be read is hidden`, async (t) => {
        const stage = makeStage(t, identity);
        stage.write(`data/${folder}/cordon/record`, stage.secret);
        stage.write(`data/${folder}/other`, "other");
        const find = `cat data/*/cordon/record ../data/*/cordon/record; find ${stage.path("data")} -type f -exec cat {} +`;
        assert.match((await stage.outside(["sh", "-c", find])).stdout, new RegExp(stage.secret));
        const result = await run(stage, ["--read", stage.path("data")], find);
        assert.notEqual(result.code, 125, result.stderr);
        assert.match(result.stdout, /other/);
        assert.doesNotMatch(result.stdout, new RegExp(stage.secret));
      });

      test(`${folder} below a folder that may be written is refused, or can't be made and changed`, async (t) => {
        const stage = makeStage(t, identity);
        stage.makeDirectory(`data/${folder}`);
        const make = `cd ${stage.path("data", folder)}; mkdir cordon; mkdir x; echo planted > x/record; mv x cordon; mkdir -p cordon; echo planted > cordon/record`;
        const result = await run(stage, ["--write", stage.path("data")], make);
        const planted = readdirSync(stage.path("data", folder), { recursive: true }).filter(
          (name) => `${name}` === "cordon/record",
        );
        assert.deepEqual(planted, [], result.stderr);
        if (result.code === 125) assert.match(result.stderr, /Cordon's own/);
      });

      test(`a workspace that holds ${folder} is refused`, async (t) => {
        const stage = makeStage(t, identity);
        const argv = cordonArgv(
          "run",
          "-p",
          stage.path("policy.yaml"),
          "-w",
          stage.makeDirectory("data"),
          "--",
          "true",
        );
        const name = folder === "state" ? "XDG_STATE_HOME" : "XDG_DATA_HOME";
        const result = await exec(argv, {
          identity,
          cwd: stage.workspace,
          env: { [name]: stage.path("data", folder) },
        });
        assert.equal(result.code, 125, result.stderr);
        assert.match(result.stderr, /Cordon's own/);
      });
    }
  });
}

for (const identity of identities) {
  test(`a project that has Cordon as a dependency runs it, and can't change it from inside, as ${identity.name}`, async (t) => {
    const stage = makeStage(t, identity);
    const bin = stage.makeDirectory("workspace/node_modules/.bin");
    const own = `${stage.workspace}/node_modules/cordon`;
    cpSync(join(ROOT, "dist"), join(own, "dist"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(own, "package.json"));
    symlinkSync("../cordon/dist/cordon.cjs", join(bin, "cordon"));
    const owned = await exec(["chown", "-R", `${identity.uid}:${identity.gid}`, `${stage.workspace}/node_modules`]);
    assert.equal(owned.code, 0, describeResult(owned));
    const attack = `cd node_modules
      echo x >> cordon/dist/cordon.cjs; echo x > cordon/new; rm -rf cordon; mv cordon c2; ln -sfn /bin/sh .bin/cordon
      echo x > .bin/cordon; mv .bin b2; cd ..; mv node_modules n2; mkdir -p node_modules/cordon; cp -al node_modules copy
      for f in copy/cordon/dist/cordon.cjs; do echo x >> $f; done; rm -rf node_modules; echo done`;
    const init = { CORDON_INIT: "" };
    const argv = [join(bin, "cordon"), "run", "-p", stage.path("policy.yaml"), "--", "sh", "-c", attack];
    const files = () =>
      exec(["sh", "-c", "find node_modules/cordon node_modules/.bin | sort; cat node_modules/.bin/cordon"], {
        cwd: stage.workspace,
      });
    const before = await files();
    const result = await exec(argv, { identity, cwd: stage.workspace, env: init });
    assert.equal(result.stdout, "done\n", describeResult(result));
    assert.equal((await files()).stdout, before.stdout);
    assert.doesNotMatch(result.stderr, /behind a symbolic link/);
    // The same is possible where nothing protects it.
    await stage.outside(["sh", "-c", attack]);
    assert.notEqual((await files()).stdout, before.stdout);
  });
}
