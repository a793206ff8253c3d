// Unit tests of what is systemd's own: whose limits a run has, and how odd paths are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeView } from "../../plan/testing/host.js";
import { planOf } from "../../plan/testing/plans.js";
import { wallOf } from "../common/launch.js";
import { systemd } from "./backend.js";

const LIMITED = { limits: { memoryBytes: 2 ** 30, cpu: 1.5, pids: 100 } };

function launch(controllers: readonly string[]) {
  const { facts } = fakeView({ paths: [] });
  const way = { kind: "systemd", manager: "user", busctl: "/usr/bin/busctl", bus: "/run/user/1000/bus" } as const;
  const cgroup = { ...facts.cgroup, controllers: ["memory", "cpu", "pids"], way };
  const walls = { "systemd-run": { path: "/usr/bin/systemd-run", controllers } };
  return systemd.assemble(planOf({ policy: LIMITED }).plan, { ...facts, cgroup, walls });
}

function serviceOf(artifact: ReturnType<typeof launch>) {
  return artifact.services.find((each) => each.kind === "limits");
}

test("limits are the service's where the manager has the controllers, and no process is moved out of it", () => {
  const artifact = launch(["memory", "cpu", "pids"]);
  const words = wallOf(artifact);
  for (const word of ["MemoryMax=1073741824", "MemorySwapMax=0", "CPUQuota=150%", "TasksMax=100"])
    assert.ok(words.includes(`--property=${word}`), word);
  assert.ok(words.indexOf("--property=TasksMax=100") < words.indexOf("--"));
  assert.deepEqual(serviceOf(artifact)?.group, { kind: "service" });
});

test("without controllers the run is watched, whatever a scope could hold", () => {
  const artifact = launch([]);
  assert.ok(!wallOf(artifact).some((word) => /MemoryMax|CPUQuota|TasksMax/.test(word)));
  assert.equal(serviceOf(artifact)?.group, undefined);
  assert.equal(serviceOf(artifact)?.watched.memoryBytes, 2 ** 30);
});

test("a path is one word of systemd's, whatever is in it", () => {
  const odd = `/data/a:b "c" 'd' \\e`;
  const { facts } = fakeView({ paths: [] });
  const plan = planOf({ policy: { filesystem: { read: ["/data"] } }, host: { paths: ["/data/"] } }).plan;
  const mounts = plan.mounts.map((mount) =>
    mount.kind === "bind" && mount.source === "/data" ? { ...mount, source: odd } : mount,
  );
  const words = wallOf(systemd.assemble({ ...plan, mounts }, facts));
  const shown = words.find((word) => word.includes("/data/"));
  assert.match(
    shown ?? "",
    /^--property=BindReadOnlyPaths=\/data\/a\\:b\\ \\"c\\"\\ \\'d\\'\\ \\\\e:\/\.cordon\/folder-\d+$/,
  );
});
