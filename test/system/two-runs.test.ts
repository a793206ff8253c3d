// Two runs in one folder have two guards. However their looks and acts fall between each other, nothing stays that one run alone couldn't
// have made: H2, H3. The program's two parts run at once, first without Cordon, then each in a run of its own.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import type { Result } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const PROGRAM = compile({ after }, "two-runs");
const SECONDS = "5";
const EVIL = "[core]\n\tfsmonitor = evil\n";
const BIG_FOLDER = 3000;

function hasContent(stage: Stage, path: string): boolean {
  return stage.exists(path) && statSync(stage.path(path)).size > 0;
}

/** Folders that git would take for a repository, with something in it that nobody judged. */
function repositories(stage: Stage): readonly string[] {
  return readdirSync(stage.workspace)
    .map((name) => join("workspace", name))
    .filter((folder) => hasContent(stage, join(folder, "HEAD")))
    .filter((folder) => ["config", "hooks/pre-commit"].some((name) => hasContent(stage, join(folder, name))));
}

function hooks(stage: Stage): readonly string[] {
  return stage.exists("workspace/.git/hooks") ? ["workspace/.git/hooks"] : [];
}

function makeBig(stage: Stage): void {
  stage.makeDirectory("workspace/big/refs");
  // The guard looks through these before and after the folder is renamed.
  for (let index = 0; index < BIG_FOLDER; index++)
    mkdirSync(stage.path(`workspace/big/modules/${index}`), { recursive: true });
  stage.own(stage.workspace);
}

const KINDS = [
  { kind: "config", prepare: () => undefined, lost: repositories },
  { kind: "hooks", prepare: () => undefined, lost: repositories },
  { kind: "file", prepare: () => undefined, lost: hooks },
  { kind: "folder", prepare: makeBig, lost: hooks },
] as const;

for (const identity of identities) {
  describe(`two runs in one folder, as ${identity.name}`, () => {
    for (const { kind, prepare, lost } of KINDS) {
      test(`they don't win ${kind} together`, async (t) => {
        for (const inside of [false, true]) {
          const stage = makeStage(t, identity);
          prepare(stage);
          const program = bring(stage, PROGRAM);
          const run = async (part: string): Promise<Result> => {
            const argv = [program, kind, part, stage.workspace, SECONDS, EVIL];
            return inside ? await stage.inside(argv) : await stage.outside(argv);
          };
          const results = await Promise.all([run("1"), run("2")]);
          for (const { stdout, stderr } of results) assert.match(stdout, /^tries \d+/, stderr);
          if (inside) assert.deepEqual(lost(stage), []);
          else assert.notDeepEqual(lost(stage), [], "outside, together they make it");
        }
      });
    }
  });
}
