// Denied names hold where no path reaches: deeper than the 4096 bytes that a path can have (H11). What can't be looked through is hidden,
// and the run isn't refused for it.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";

const PROGRAM = join(ROOT, "test/system/c/deep.py");
const FLAGS = ["--deny", "**/.env"];

interface Deep {
  readonly stage: Stage;
  readonly argv: (what: string) => readonly string[];
}

function prepared(t: Cleanup, identity: (typeof identities)[number], levels: number): Deep {
  const stage = makeStage(t, identity);
  const program = stage.path("workspace/deep.py");
  copyFileSync(PROGRAM, program);
  return { stage, argv: (what) => ["python3", program, what, stage.workspace, String(levels)] };
}

/** Node can't remove what it can't name. */
async function remove(stage: Stage): Promise<void> {
  await exec(["rm", "-rf", stage.workspace]);
}

for (const identity of identities) {
  describe(`trees deeper than a path, as ${identity.name}`, () => {
    for (const levels of [15, 19, 21, 60, 400]) {
      test(`a denied file ${levels} folders down can't be read`, async (t) => {
        const { stage, argv } = prepared(t, identity, levels);
        try {
          const made = await stage.outside(argv("make"), { input: stage.secret });
          assert.equal(made.stdout, "", made.stderr);
          assert.equal((await stage.outside(argv("read"))).stdout, `${stage.secret}\n`);
          assert.equal(
            (await stage.inside(argv("read"))).stdout,
            `${stage.secret}\n`,
            "it is denied only if asked for",
          );
          const result = await stage.inside(argv("read"), { flags: FLAGS });
          assert.doesNotMatch(result.stdout, new RegExp(stage.secret));
          assert.doesNotMatch(result.stderr, /internal error/);
        } finally {
          await remove(stage);
        }
      });
    }

    test("a hook that is carried there can't be changed there", async (t) => {
      for (const inside of [false, true]) {
        const { stage, argv } = prepared(
          t,
          identity,
          Math.floor((4080 - makeStage(t, identity).workspace.length) / 201),
        );
        try {
          stage.write("workspace/sub/.git/hooks/pre-commit", "as it was\n");
          const result = inside ? await stage.inside(argv("carry")) : await stage.outside(argv("carry"));
          assert.match(result.stdout, /carried/, result.stderr);
          const hook = stage.path("workspace/sub/.git/hooks/pre-commit");
          const state = `${readFileSync(hook, "utf8")} ${(statSync(hook).mode & 0o111) !== 0}`;
          if (inside) assert.equal(state, "as it was\n false");
          else assert.equal(state, "PWNED true");
        } finally {
          await remove(stage);
        }
      }
    });

    test("what lies above stays usable", async (t) => {
      const { stage, argv } = prepared(t, identity, 60);
      try {
        await stage.outside(argv("make"), { input: "" });
        const result = await stage.inside(["sh", "-c", "echo made > file; cat file"], { flags: FLAGS });
        assert.equal(result.stdout, "made\n", result.stderr);
      } finally {
        await remove(stage);
      }
    });
  });
}
