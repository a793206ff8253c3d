// Programs that make a tree with several threads at once (package managers do) get the same answers inside as outside.

import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage } from "../support/stage.js";

for (const identity of identities) {
  test(`a folder that another thread makes meanwhile is never refused, as ${identity.name}`, async (t) => {
    const stage = makeStage(t, identity);
    copyFileSync(join(ROOT, "test/system/c/parallel.py"), stage.path("workspace/parallel.py"));
    const result = await stage.inside(["python3", "parallel.py"]);
    assert.equal(result.stdout, "errors: []\n", describeResult(result));
  });
}
