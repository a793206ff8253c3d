import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../testing/plans.js";
import { DECOYS } from "./canaries.js";

type Asked = NonNullable<Parameters<typeof planOf>[0]>;

function decoysOf(asked: Asked): readonly string[] {
  const { plan } = planOf(asked);
  return plan.mounts.flatMap((mount) =>
    mount.kind === "run-file" && mount.content.startsWith("decoy:") ? [mount.target] : [],
  );
}

const ALL = Object.values(DECOYS).map((name) => `/home/ada/${name}`);

test("a private home holds all decoys, each in folders that are made before it and are the user's alone", () => {
  assert.deepEqual(decoysOf({}), ALL);
  const { plan } = planOf({});
  assert.ok(plan.controls.includes("files.canaries"));
  for (const path of ALL) {
    const at = plan.mounts.findIndex(({ target }) => target === path);
    const folder = path.slice(0, path.lastIndexOf("/"));
    const made = plan.mounts.findIndex(({ kind, target }) => kind === "directory" && target === folder);
    assert.ok(folder === "/home/ada" || (made >= 0 && made < at), path);
  }
});

test("none is there when the policy wants none, nor in a home that is kept", () => {
  for (const filesystem of [{ canaries: false }, { home: "persistent" }] as const) {
    assert.deepEqual(decoysOf({ policy: { filesystem } }), []);
    assert.ok(!planOf({ policy: { filesystem } }).plan.controls.includes("files.canaries"));
  }
});

test("where something of the host is granted nothing is made: not in it, not over it", () => {
  const granted = (read: string, paths: readonly string[]) =>
    decoysOf({ policy: { filesystem: { read: [read] } }, host: { paths: [...paths] } });
  const without = (part: string) => ALL.filter((path) => !path.startsWith(`/home/ada/${part}`));
  assert.deepEqual(granted("/home/ada/.config", ["/home/ada/.config/gh/config.yml"]), without(".config"));
  assert.deepEqual(granted("/home/ada/.aws/credentials.bak", ["/home/ada/.aws/credentials.bak"]), without(".aws"));
  assert.deepEqual(granted("/home/ada/.ssh/known_hosts", ["/home/ada/.ssh/known_hosts"]), ALL);
});
