// A bare repository keeps its config and hooks under ordinary names, and git outside takes any folder with a HEAD for one (H2, H3).
// None can be made inside whose config or hooks weren't judged. The judge is git, run outside in that folder.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exec } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const CONFIG =
  'printf "[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tworktree = ..\\n\\tfsmonitor = %s\\n" "$EVIL"';
const FOLDERS = "mkdir -p sub/objects sub/refs; cd sub";

/** Orders and disguises in which the pieces can be put together, as shell scripts in the workspace. */
const WAYS: Readonly<Record<string, string>> = {
  "HEAD first": `${FOLDERS}; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config`,
  "config first": `${FOLDERS}; ${CONFIG} > config; echo "ref: refs/heads/main" > HEAD`,
  "HEAD moved in": `${FOLDERS}; ${CONFIG} > config; echo "ref: refs/heads/main" > ../h; mv ../h HEAD`,
  "HEAD linked in": `${FOLDERS}; ${CONFIG} > config; echo "ref: refs/heads/main" > ../h; ln ../h HEAD`,
  "HEAD as a symbolic link": `${FOLDERS}; ${CONFIG} > config; ln -s refs/heads/main HEAD`,
  "config moved in": `${FOLDERS}; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > ../c; mv ../c config`,
  "config by its lock": `${FOLDERS}; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config.lock; mv config.lock config`,
  "config linked in": `${FOLDERS}; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > ../c; ln ../c config`,
  "made in a .git and moved out": `mkdir -p .git/foo/objects .git/foo/refs; cd .git/foo; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config; cd ../..; mv .git/foo sub`,
  "made among a .git's branches and moved out": `mkdir -p .git/refs/x/objects .git/refs/x/refs; cd .git/refs/x; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config; cd ../../..; mv .git/refs/x sub`,
  "made among a .git's branches, exchanged": `mkdir -p .git/refs/x/objects .git/refs/x/refs other; cd .git/refs/x; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config; cd ../../..; python3 -c 'import ctypes; ctypes.CDLL(None).renameat2(-100, b"other", -100, b".git/refs/x", 2)'; mv other sub`,
  "moved out with the whole .git": `mkdir -p a/.git/refs/x/objects a/.git/refs/x/refs; cd a/.git/refs/x; echo "ref: refs/heads/main" > HEAD; ${CONFIG} > config; cd ../../../..; mv a/.git b; mv b/refs/x sub`,
};

async function gitExecutes(stage: Stage, folder: string): Promise<boolean> {
  await exec(["sh", "-c", "git status; git diff; git branch"], {
    identity: stage.identity,
    cwd: folder,
    timeoutMs: 20_000,
  });
  return stage.exists("executed");
}

for (const identity of identities) {
  describe(`bare repositories, as ${identity.name}`, () => {
    for (const [name, script] of Object.entries(WAYS)) {
      test(`${name}: git outside runs nothing of it`, async (t) => {
        for (const inside of [false, true]) {
          const stage = makeStage(t, identity);
          const evil = stage.write("evil", `#!/bin/sh\ntouch ${stage.path("executed")}\n`, 0o755);
          const argv = ["sh", "-c", `EVIL=${evil}; ${script}`];
          await (inside ? stage.inside(argv) : stage.outside(argv));
          stage.makeDirectory("workspace/sub");
          const executed = await gitExecutes(stage, stage.path("workspace/sub"));
          // Git itself declines a link as HEAD in some versions; the other ways show that the attack works.
          if (inside) assert.equal(executed, false, "git ran the planted program");
          else if (name !== "HEAD as a symbolic link") assert.equal(executed, true, "the attack must work unsandboxed");
        }
      });
    }

    test("a hook can't be put into a bare repository that is there", async (t) => {
      const stage = makeStage(t, identity);
      const made = await stage.outside(["git", "init", "-q", "--bare", "server.git"]);
      assert.equal(made.code, 0, made.stderr);
      const script = 'echo "#!/bin/sh" > server.git/hooks/post-update; mv server.git/hooks h; mkdir server.git/hooks';
      await stage.inside(["sh", "-c", script]);
      assert.equal(stage.exists("workspace/server.git/hooks/post-update"), false);
      assert.equal(stage.exists("workspace/h"), false);
    });
  });
}
