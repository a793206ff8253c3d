// Each name of the list that is protected by default, and a hooks folder that a repository's config names already: none can be made, at
// any depth, while it is absent (H1, H4, H5).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_PROTECTED } from "../../src/policy/protected.js";
import { exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

/** One path for each name of the list; what stands for any folder is there twice. */
const NAMES = DEFAULT_PROTECTED.flatMap(({ name }) =>
  name.includes("**") ? [name.replace("**", "a"), name.replace("**", "a/b")] : [name.replace("*", "a")],
);
const FOLDERS = [".", "one/two"];

/** Tries to make each name as a file, a folder, a link and by moving, whatever of it succeeds. */
const MAKE = `
make() {
  mkdir -p "$(dirname "$1")" 2>/dev/null
  echo planted > "$1" || mkdir "$1" || ln -s /etc/passwd "$1" || { echo planted > plain; mv plain "$1"; } || {
    mkdir -p folder; mv folder "$1"; } || ln plain "$1" || mkfifo "$1"
}
for name; do make "$name"; done 2>/dev/null
echo end`;

function made(stage: Stage): readonly string[] {
  return paths().filter((path) => stage.exists(`workspace/${path}`));
}

function paths(): readonly string[] {
  return FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
}

for (const identity of identities) {
  describe(`names that are protected by default, as ${identity.name}`, () => {
    test("none of them can be made", async (t) => {
      const open = makeStage(t, identity);
      await open.outside(["sh", "-c", MAKE, "sh", ...paths()]);
      assert.deepEqual(made(open), paths(), "outside, all can be made");

      const stage = makeStage(t, identity);
      const result = await stage.inside(["sh", "-c", MAKE, "sh", ...paths()]);
      assert.equal(result.stdout, "end\n", result.stderr);
      // An empty config is as harmless as none: git's own way of making one isn't tried here.
      assert.deepEqual(made(stage), []);
    });

    for (const hooks of ["hooks", "tools/git/hooks", "/absolute"]) {
      test(`a hooks folder that the config names can't be made: ${hooks}`, async (t) => {
        for (const inside of [false, true]) {
          const stage = makeStage(t, identity);
          const folder = hooks === "/absolute" ? stage.path("workspace/elsewhere") : hooks;
          const setUp = `git init -qb main && git config core.hooksPath ${folder}`;
          assert.equal((await stage.outside(["sh", "-c", setUp])).code, 0);
          const hook = `#!/bin/sh\ntouch ${stage.path("executed")}\n`;
          const script = `mkdir -p ${folder}; printf '%s' "$1" > ${folder}/post-commit; chmod +x ${folder}/post-commit; echo end`;
          const moved = `mkdir -p x; printf '%s' "$1" > x/post-commit; chmod +x x/post-commit; mkdir -p $(dirname ${folder}); mv x ${folder}`;
          const argv = ["sh", "-c", `{ ${script}; ${moved}; } 2>/dev/null`, "sh", hook];
          const result = inside ? await stage.inside(argv) : await stage.outside(argv);
          assert.equal(result.stdout, "end\n", result.stderr);
          const commit = "git -c user.name=T -c user.email=t@localhost commit -q --allow-empty -m x";
          await exec(["sh", "-c", commit], { identity, cwd: stage.workspace });
          assert.equal(stage.exists("executed"), !inside);
        }
      });
    }
  });
}
