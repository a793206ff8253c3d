import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, planFixture, tmpfs } from "../../test/confinement/plan-fixture.js";
import type { Plan } from "../plan/types.js";
import { allFsAccess, FS_ACCESS, guardedPrefixes, landlockRules } from "./landlock.js";

const ALL = 0xffff;
const READ = FS_ACCESS.readFile | FS_ACCESS.readDir | FS_ACCESS.execute;
const GUARDED = READ | FS_ACCESS.ioctlDev;
const CHANGES = ALL & ~GUARDED;
const ABI = 7;

function access(plan: Plan): Record<string, number> {
  return Object.fromEntries(landlockRules(plan, ABI).paths.map(({ path, access }) => [path, access]));
}

/** What the kernel grants for a path: rules add up from the file to the root. */
function granted(plan: Plan, path: string): number {
  const above = landlockRules(plan, ABI).paths.filter(
    (rule) => rule.path === "/" || `${path}/`.startsWith(`${rule.path}/`),
  );
  return above.reduce((sum, rule) => sum | rule.access, 0);
}

test("each ABI handles the rights that it knows and no other", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map(allFsAccess), [
    0,
    0x1fff,
    0x3fff,
    0x7fff,
    0x7fff,
    ALL,
    ALL,
    ALL,
    ALL,
  ]);
  for (const abi of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const rules = landlockRules(planFixture(), abi);
    for (const rule of rules.paths) assert.equal(rule.access & ~rules.handledFs, 0);
    assert.equal(rules.handledNet, 0);
    assert.equal(rules.scoped, abi >= 6 ? 3 : 0);
  }
  assert.deepEqual(landlockRules(planFixture(), 0), { handledFs: 0, handledNet: 0, scoped: 0, paths: [] });
});

test("everything may be read, private trees changed, and the workspace only through the guard", () => {
  const rules = access(planFixture());
  assert.equal(rules["/"], READ);
  assert.equal(rules["/work"], GUARDED);
  for (const tree of ["/home/user", "/tmp", "/dev/shm"]) assert.equal(rules[tree], ALL, tree);
  for (const device of ["/dev/null", "/dev/tty", "/dev/pts"]) {
    assert.equal(rules[device], FS_ACCESS.writeFile | FS_ACCESS.truncate | FS_ACCESS.ioctlDev);
  }
  assert.equal(rules["/proc"], FS_ACCESS.writeFile | FS_ACCESS.truncate | FS_ACCESS.ioctlDev);
  assert.equal(rules["/usr"], undefined);
  assert.deepEqual(guardedPrefixes(planFixture()), [{ path: "/work", kind: "ruled" }]);
});

test("a private tree that a guarded one lies in is guarded too, as rights add up downwards", () => {
  const mounts = [
    tmpfs("/home/user"),
    tmpfs("/home/user/.cache"),
    tmpfs("/home/username"),
    bind("/home/user/a/proj", "write"),
  ];
  const plan = planFixture({ mounts, guard: { roots: ["/home/user/a/proj"], names: [], watch: [] } });
  assert.deepEqual(guardedPrefixes(plan), [
    { path: "/home/user/a/proj", kind: "ruled" },
    { path: "/home/user", kind: "served" },
    { path: "/home/user/.cache", kind: "free" },
  ]);
  assert.equal(granted(plan, "/home/user/a/proj/file") & CHANGES, 0);
  assert.equal(granted(plan, "/home/user/file") & CHANGES, 0);
  assert.equal(granted(plan, "/home/user/.cache/file"), ALL);
  assert.equal(granted(plan, "/home/username/file"), ALL);
});

test("a folder made in a served private home is left to the command, unless a guarded tree lies in it", () => {
  const folder = (target: string) => ({ kind: "directory", target, mode: 0o700 }) as const;
  const mounts = [
    tmpfs("/home/user"),
    folder("/home/user/.cache"),
    folder("/home/user/.local"),
    folder("/etc/x"),
    bind("/home/user/.local/proj", "write"),
  ];
  const plan = planFixture({ mounts, guard: { roots: ["/home/user/.local/proj"], names: [], watch: [] } });
  assert.equal(granted(plan, "/home/user/.cache/file"), ALL);
  assert.equal(granted(plan, "/home/user/.local/file") & CHANGES, 0);
  assert.equal(granted(plan, "/etc/x/file") & CHANGES, 0);
  assert.deepEqual(
    guardedPrefixes(plan).filter(({ kind }) => kind === "free"),
    [{ path: "/home/user/.cache", kind: "free" }],
  );
});

test("no arrangement of mounts grants a change at or below a guarded root", () => {
  const trees = ["/", "/a", "/a/b", "/a/b/c", "/dev", "/dev/shm", "/dev/shm/x", "/proc"];
  for (const root of trees.slice(1, -1)) {
    for (const parent of trees) {
      if (parent === root || parent.startsWith(`${root}/`)) continue;
      for (const outer of [tmpfs(parent), bind(parent, "write")]) {
        const mounts = [outer, { kind: "dev", target: "/dev" } as const, bind(root, "write")];
        const plan = planFixture({ mounts, guard: { roots: [root], names: [], watch: [] } });
        assert.equal(granted(plan, `${root}/file`) & CHANGES, 0, `${root} below ${parent}`);
      }
    }
  }
});

test("the persistent home is private unless a root lies in it or it is one", () => {
  const home = bind("/home/user", "write", { source: "/state/home" });
  const persistent: Partial<Plan> = { home: { mode: "persistent", source: "/state/home" } };
  const apart = planFixture({ ...persistent, mounts: [tmpfs("/home/user"), home, bind("/work", "write")] });
  assert.equal(access(apart)["/home/user"], ALL);
  const mounts = [home, bind("/home/user/proj", "write")];
  const inside = planFixture({ ...persistent, mounts, guard: { roots: ["/home/user/proj"], names: [], watch: [] } });
  assert.equal(granted(inside, "/home/user/file") & CHANGES, 0);
  assert.deepEqual(guardedPrefixes(inside).at(-1), { path: "/home/user", kind: "served" });
  const itself = planFixture({ ...persistent, mounts: [home], guard: { roots: ["/home/user"], names: [], watch: [] } });
  assert.deepEqual(guardedPrefixes(itself), [{ path: "/home/user", kind: "ruled" }]);
});

test("any other writable tree of the host is guarded, also when the plan forgot to name it a root", () => {
  const file = bind("/etc/one", "write", { type: "file" });
  const plan = planFixture({ mounts: [bind("/data", "write"), file], guard: { roots: [], names: [], watch: [] } });
  assert.deepEqual(
    guardedPrefixes(plan).map(({ path }) => path),
    ["/data", "/etc/one"],
  );
  assert.equal(granted(plan, "/data/x") & CHANGES, 0);
  // The kernel refuses a rule on a file that has rights of directories.
  assert.equal(access(plan)["/etc/one"], FS_ACCESS.readFile | FS_ACCESS.execute | FS_ACCESS.ioctlDev);
});

test("sealed and covered trees get no rule of their own", () => {
  const mounts = [tmpfs("/sealed", true), tmpfs("/a/b"), tmpfs("/a"), tmpfs("/c"), bind("/c", "read")];
  const rules = access(planFixture({ mounts, guard: { roots: [], names: [], watch: [] } }));
  assert.deepEqual(Object.keys(rules), ["/", "/a"]);
});

test("without anything to guard, every private tree is free", () => {
  const plan = planFixture({
    mounts: [tmpfs("/home/user"), bind("/work", "read")],
    guard: { roots: [], names: [], watch: [] },
  });
  assert.deepEqual(guardedPrefixes(plan), []);
  assert.equal(access(plan)["/home/user"], ALL);
});

test("nesting leaves files to the mount tree, since a process under Landlock can't mount", () => {
  const rules = landlockRules(planFixture({ nested: true }), ABI);
  assert.deepEqual(rules, { handledFs: 0, handledNet: 0, scoped: 3, paths: [] });
});
