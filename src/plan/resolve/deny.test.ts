import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { masks, planOf, problemOf, WORKSPACE } from "../testing/plans.js";
import { insidePathsOf } from "../tree.js";

describe("deny", () => {
  test("hides what exists at any depth, and the real file of a denied link", () => {
    const host = { paths: [`${WORKSPACE}/a/b/.env`, `${WORKSPACE}/.env -> config/real`, `${WORKSPACE}/config/real`] };
    const { plan } = planOf({ policy: { filesystem: { deny: ["**/.env"] } }, host });
    assert.deepEqual(masks(plan), [`${WORKSPACE}/a/b/.env`, `${WORKSPACE}/config/real`]);
    assert.deepEqual(plan.guard.watch, [{ source: WORKSPACE, target: WORKSPACE }]);
  });

  test("takes a grant back that it covers, and hides the place below another grant", () => {
    const host = { paths: ["/data/ref/a", "/data/b"] };
    const { plan, notes } = planOf({
      policy: { filesystem: { read: ["/data/ref"], write: ["/data"], deny: ["/data/ref"] } },
      host,
    });
    assert.deepEqual(insidePathsOf(plan.mounts, "/data/ref/a"), []);
    assert.deepEqual(insidePathsOf(plan.mounts, "/data/b"), ["/data/b"]);
    assert.match(notes.join("\n"), /filesystem\.deny\.0/);
  });

  test("by a name through a link holds for the real path", () => {
    const host = { paths: ["/data/secret/key", "/home/ada/link -> /data"] };
    const { plan } = planOf({ policy: { filesystem: { read: ["/data"], deny: ["/home/ada/link/secret"] } }, host });
    assert.deepEqual(masks(plan), ["/data/secret"]);
  });

  test("of the workspace is a contradiction", () => {
    assert.match(problemOf({ policy: { filesystem: { deny: ["/home/ada/proj*"] } } }), /workspace-refused/);
  });

  test("of a program of the system hides it", () => {
    assert.deepEqual(masks(planOf({ policy: { filesystem: { deny: ["/usr/bin/git"] } } }).plan), ["/usr/bin/git"]);
  });
});
