// A descriptor or a name that is one file when it is looked at and another when it is used: H2, H39. Each race runs for ten seconds
// against the sandbox, after it was won outside.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const PROGRAM = compile({ after }, "descriptors");
const SECONDS = "10";
const KINDS = ["reopen", "cut", "mode", "link", "fifo", "fifo-new"];
const HOOK = "workspace/.git/hooks/pre-commit";
const ORIGINAL = "as it was\n";

/** Everything about the hook that must not change, and that no other has come. */
function stateOf(stage: Stage): string {
  const { mode, nlink } = statSync(stage.path(HOOK));
  const another = stage.exists("workspace/.git/hooks/post-commit");
  return `${readFileSync(stage.path(HOOK), "utf8")} ${mode.toString(8)} ${nlink} ${another}`;
}

for (const identity of identities) {
  describe(`races with descriptors, as ${identity.name}`, { concurrency: 4 }, () => {
    for (const kind of KINDS) {
      test(`nobody wins ${kind}`, async (t) => {
        const open = makeStage(t, identity);
        open.write(HOOK, ORIGINAL);
        const before = stateOf(open);
        const won = await open.outside([PROGRAM, kind, open.workspace, SECONDS]);
        assert.match(won.stdout, /^won/, `outside, the race can be won: ${won.stdout}${won.stderr}`);
        assert.notEqual(stateOf(open), before);

        const stage = makeStage(t, identity);
        stage.write(HOOK, ORIGINAL);
        const result = await stage.inside([bring(stage, PROGRAM), kind, stage.workspace, SECONDS]);
        assert.match(result.stdout, /^tries \d{2,}/, `inside: ${result.stdout}${result.stderr}`);
        assert.equal(stateOf(stage), before);
      });
    }
  });
}
