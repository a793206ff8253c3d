import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binds, planOf, WORKSPACE } from "../testing/plans.js";
import { insidePathsOf } from "../tree.js";

describe("git", () => {
  const repository = [
    "/src/main/.git/HEAD",
    "/src/main/.git/objects/",
    "/src/main/.git/refs/",
    "/src/main/.git/config = [core]",
    "/src/main/.git/hooks/",
  ];

  test("a worktree brings its repository when both name each other", () => {
    const host = {
      paths: [
        ...repository,
        "/src/tree/.git = gitdir: /src/main/.git/worktrees/tree|",
        "/src/main/.git/worktrees/tree/gitdir = /src/tree/.git|",
        "/src/main/.git/worktrees/tree/commondir = ../..|",
      ],
    };
    const { plan } = planOf({ policy: { workspace: { path: "/src/tree" } }, host });
    assert.ok(binds(plan).includes("write /src/main/.git"));
    assert.ok(binds(plan).includes("read /src/main/.git/hooks"));
    const anchored = plan.guard.names
      .filter((name) => name.anchor === "/src/main/.git")
      .map((name) => `${name.kind} ${name.components.join("/")}`);
    assert.ok(anchored.includes("git-config config") && anchored.includes("protect hooks"));
  });

  test("a made-up .git file that points into a foreign repository grants nothing", () => {
    const host = {
      paths: [
        ...repository,
        "/src/tree/.git = gitdir: fake/worktrees/x|",
        "/src/tree/fake/worktrees/x/gitdir = /src/tree/.git|",
        "/src/tree/fake/worktrees/x/commondir = /src/main/.git|",
      ],
    };
    const { plan, notes } = planOf({ policy: { workspace: { path: "/src/tree" } }, host });
    assert.deepEqual(insidePathsOf(plan.mounts, "/src/main/.git/config"), []);
    assert.match(notes.join("\n"), /doesn't name this workspace/);
  });

  test("a submodule brings its own folder only", () => {
    const modules = "/src/main/.git/modules/sub";
    const host = {
      paths: [
        ...repository,
        "/src/main/sub/.git = gitdir: ../.git/modules/sub|",
        `${modules}/HEAD`,
        `${modules}/objects/`,
        `${modules}/refs/`,
        `${modules}/config = [core]|worktree = ../../../sub`,
      ],
    };
    const { plan } = planOf({ policy: { workspace: { path: "/src/main/sub" } }, host });
    assert.ok(binds(plan).includes(`write ${modules}`));
    assert.deepEqual(insidePathsOf(plan.mounts, "/src/main/.git/config"), []);
  });

  test("a hooks folder set by core.hooksPath is protected although it isn't there", () => {
    const host = { paths: [`${WORKSPACE}/.git/config = [core]|  hooksPath = ".ci/hooks" ; ours`] };
    const { plan } = planOf({ host });
    assert.ok(plan.guard.names.some((name) => name.anchor === WORKSPACE && name.components.join("/") === ".ci/hooks"));
  });

  test("a workspace inside of a repository gets a note, not the repository", () => {
    const { plan, notes } = planOf({ policy: { workspace: { path: `${WORKSPACE}/src` } } });
    assert.deepEqual(insidePathsOf(plan.mounts, `${WORKSPACE}/.git/HEAD`), []);
    assert.match(notes.join("\n"), /part of the repository/);
  });

  test("a git folder that is granted by itself has its hooks and configuration protected all the same", () => {
    const { plan } = planOf({ policy: { filesystem: { write: ["/src/main/.git"] } }, host: { paths: repository } });
    const anchored = plan.guard.names.flatMap((name) =>
      name.anchor === "/src/main/.git" ? [`${name.kind} ${name.components.join("/")}`] : [],
    );
    assert.ok(anchored.includes("protect hooks") && anchored.includes("git-config config"));
    assert.ok(binds(plan).includes("read /src/main/.git/hooks"));
  });
});
