import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { componentsMatch, componentsOf } from "../../policy/pattern.js";
import { resolve } from "../resolve.js";
import { fakeView } from "../testing/host.js";
import { fixturePolicy, type Sections } from "../testing/policy.js";
import { insidePathsOf } from "../tree.js";
import type { Plan } from "../types.js";

const FOLDERS = ["/home/ada/project", "/home/ada/data", "/srv/a", "/srv/a/b", "/srv/link", "/srv/a/.env.d"];
const FILES = FOLDERS.flatMap((folder) =>
  ["x.txt", ".env", "keys/id.pem", "deep/er/.env", "deep/x.txt"].map((name) => `${folder}/${name}`),
).filter((path) => !path.startsWith("/srv/link"));
const PATHS = [
  ...FILES,
  "/srv/link -> /home/ada/data",
  "/srv/a/alias -> /home/ada/project/keys",
  "/home/ada/project/.env.local -> .env",
];
const VIEW = fakeView({ paths: PATHS });

const grant = fc.constantFrom(
  ...FOLDERS,
  "/srv/a/*",
  "/srv/*/b",
  "/home/ada/data/keys/id.pem",
  "/srv/a/alias",
  "/srv/**/deep",
);
const deny = fc.oneof(
  fc.constantFrom(
    "**/.env",
    "**/*.pem",
    "**/keys",
    "**/.env*",
    "/srv/a",
    "/srv/a/b",
    "/srv/link/keys",
    "/srv/*/x.txt",
    "/srv/**",
    "/home/ada/data/deep",
    "/home/ada/project/absent",
  ),
  grant,
);
const policies = fc.record({
  read: fc.uniqueArray(grant, { maxLength: 3 }),
  write: fc.uniqueArray(grant, { maxLength: 2 }),
  deny: fc.uniqueArray(deny, { maxLength: 3 }),
  mount: fc.boolean(),
});

function planOf({
  read,
  write,
  deny: denied,
  mount,
}: typeof policies extends fc.Arbitrary<infer Value> ? Value : never): Plan | undefined {
  const workspace: Sections = {
    workspace: { path: "/home/ada/project", ...(mount ? { mount: "/work" } : {}) },
    filesystem: { read, write, deny: denied },
  };
  const result = resolve(fixturePolicy(workspace), VIEW, {
    command: ["sh"],
    cwd: "/home/ada/project",
    backend: "native",
  });
  return result.ok ? result.plan : undefined;
}

const visible = (plan: Plan) => new Set(FILES.filter((path) => insidePathsOf(plan.mounts, path).length > 0));
const writable = (plan: Plan) =>
  new Set(
    FILES.filter((path) =>
      insidePathsOf(plan.mounts, path).some((inside) => plan.guard.roots.some((root) => inside.startsWith(`${root}/`))),
    ),
  );

test("adding a deny rule never makes anything more visible or writable", () => {
  fc.assert(
    fc.property(policies, deny, (policy, more) => {
      const [before, after] = [planOf(policy), planOf({ ...policy, deny: [...policy.deny, more] })];
      if (before === undefined || after === undefined) return;
      for (const path of visible(after)) assert.ok(visible(before).has(path), path);
      for (const path of writable(after)) assert.ok(writable(before).has(path), path);
    }),
    { numRuns: 400 },
  );
});

test("what a deny rule names is visible nowhere", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const plan = planOf(policy);
      if (plan === undefined) return;
      for (const path of visible(plan)) {
        const named = policy.deny.find((pattern) =>
          componentsMatch([...componentsOf(pattern), "**"], componentsOf(path)),
        );
        assert.equal(named, undefined, path);
      }
    }),
    { numRuns: 400 },
  );
});

test("no target leaves the tree, and every source is a real path", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      for (const mount of planOf(policy)?.mounts ?? []) {
        assert.match(mount.target, /^(?:\/[^/]+)+$/);
        assert.ok(!mount.target.split("/").some((part) => part === ".." || part === "."));
        if (mount.kind === "bind") assert.equal(VIEW.real(mount.source), mount.source);
      }
    }),
    { numRuns: 200 },
  );
});

test("equal policies have equal plans, and a plan can't be changed", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const [one, other] = [planOf(policy), planOf(policy)];
      assert.deepEqual(one, other);
      if (one !== undefined)
        assert.ok(Object.isFrozen(one) && Object.isFrozen(one.mounts) && Object.isFrozen(one.mounts[0]));
    }),
    { numRuns: 50 },
  );
});
