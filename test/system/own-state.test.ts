// Cordon's own folders are never inside: not below a granted folder, there or not (H8, H20).

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, exec, type Result } from "../support/exec.js";
import { identities } from "../support/identity.js";
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
