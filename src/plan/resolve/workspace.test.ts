import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binds, links, masks, planOf, problemOf, WORKSPACE } from "../testing/plans.js";
import { insidePathsOf } from "../tree.js";

describe("the workspace", () => {
  for (const [path, reason] of [
    ["/", "the whole system"],
    ["/home/ada", "the whole home folder"],
    ["/home", "contains the home folder"],
    ["/tmp", "what other programs keep there"],
    ["/proc", "lies in /proc"],
    ["/home/ada/.ssh", "holds credentials"],
    ["/home/ada/absent", "doesn't exist"],
    ["/home/ada/.local/state/cordon/runs", "Cordon's own"],
    ["/home/ada/.config", "contains Cordon's own"],
  ] as const) {
    test(`${path} is refused`, () => {
      const host = { paths: ["/home/ada/.local/state/cordon/runs/", "/home/ada/.config/x"] };
      const text = problemOf({ policy: { workspace: { path } }, host });
      assert.match(text, /^workspace-refused: /);
      assert.match(text, new RegExp(reason));
    });
  }

  test("a link to the home is refused by what it leads to", () => {
    const host = { paths: ["/srv/link -> /home/ada"] };
    assert.match(problemOf({ policy: { workspace: { path: "/srv/link" } }, host }), /whole home folder/);
  });

  test("that holds the running Cordon is refused when it is writable only", () => {
    for (const init of [`${WORKSPACE}/cordon/cordon-init`, `${WORKSPACE}/tool/node_modules/other/cordon-init`]) {
      const host = { init, paths: [init] };
      assert.match(problemOf({ host }), /running Cordon/);
      planOf({ host, policy: { workspace: { mode: "read" } } });
    }
    const init = `${WORKSPACE}/node_modules/cordon/dist/cordon-init`;
    const path = `${WORKSPACE}/node_modules/cordon`;
    assert.match(problemOf({ host: { init, paths: [init] }, policy: { workspace: { path } } }), /running Cordon/);
  });

  test("that holds Cordon as a dependency can be used, and Cordon is protected there", () => {
    const names = (init: string) =>
      planOf({ host: { init, paths: [init] } })
        .plan.guard.names.filter(({ origin }) => origin === "cordon")
        .map(({ kind, anchor, components }) => `${kind} ${anchor} ${components.join("/")}`)
        .filter((name) => name.includes("node_modules"));
    assert.deepEqual(names(`${WORKSPACE}/node_modules/cordon/dist/cordon-init`), [
      `protect ${WORKSPACE} node_modules/cordon`,
      `protect ${WORKSPACE} node_modules/.bin/cordon`,
    ]);
    assert.deepEqual(names(`${WORKSPACE}/node_modules/.pnpm/cordon@1/node_modules/cordon/dist/cordon-init`), [
      `protect ${WORKSPACE} node_modules/cordon`,
      `protect ${WORKSPACE} node_modules/.bin/cordon`,
      `protect ${WORKSPACE} node_modules/.pnpm/cordon@1/node_modules/cordon`,
      `protect ${WORKSPACE} node_modules/.pnpm/cordon@1/node_modules/.bin/cordon`,
    ]);
  });

  test("another user's home is refused for root", () => {
    const user = { uid: 0, gid: 0, name: "root", home: "/root" };
    assert.match(problemOf({ policy: { workspace: { path: "/home/ada" } }, host: { user } }), /somebody's whole home/);
  });

  test("by a link appears at its real path and under the link's name", () => {
    const host = { paths: ["/data/code/a.txt", "/home/ada/code -> /data/code"] };
    const { plan } = planOf({
      policy: { workspace: { path: "/home/ada/code" } },
      host,
      request: { cwd: "/home/ada/code" },
    });
    assert.equal(plan.command.cwd, "/data/code");
    assert.ok(links(plan).includes("/home/ada/code -> /data/code"));
  });

  test("mounted elsewhere appears only there, its denied and protected names too", () => {
    const policy = {
      workspace: { mount: "/work" },
      filesystem: { deny: [`${WORKSPACE}/src/index.js`, `${WORKSPACE}/later.txt`] },
    };
    const { plan } = planOf({ policy, request: { cwd: `${WORKSPACE}/src` } });
    assert.equal(plan.command.cwd, "/work/src");
    assert.deepEqual(insidePathsOf(plan.mounts, `${WORKSPACE}/README.md`), ["/work/README.md"]);
    assert.deepEqual(masks(plan), ["/work/src/index.js"]);
    assert.deepEqual(plan.guard.roots, ["/work"]);
    assert.ok(
      plan.guard.names.some(
        (name) => name.kind === "deny" && name.anchor === "/work" && name.components.join("/") === "later.txt",
      ),
    );
    assert.ok(binds(plan).includes("read /work/.git/hooks"));
  });

  test("can't be mounted over the system", () => {
    assert.match(problemOf({ policy: { workspace: { mount: "/usr/lib/x" } } }), /\/usr is the system's/);
    assert.match(problemOf({ policy: { workspace: { mount: "/home/ada" } } }), /something of its own/);
  });

  test("outside of which Cordon was started has its own folder as the start", () => {
    assert.equal(planOf({ request: { cwd: "/tmp" } }).plan.command.cwd, WORKSPACE);
  });
});
