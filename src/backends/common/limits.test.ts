// Unit tests of which limit is held by what on which host: the table must say what the launch does.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupWay } from "../../host/types.js";
import { fakeView } from "../../plan/testing/host.js";
import type { LimitsService, Plan } from "../../plan/types.js";
import { limits } from "./clauses/limits.js";

const LIMITS = { memoryBytes: 512 * 1024 ** 2, cpu: 1.5, pids: 100, diskBytes: 1024 ** 3 };
const UNIFIED: GroupWay = { kind: "unified", parent: "/sys/fs/cgroup/mine", stepAside: false };
const SCOPE: GroupWay = { kind: "systemd", manager: "user", busctl: "/usr/bin/busctl", bus: "/run/user/1000/bus" };
const LEGACY: GroupWay = { kind: "legacy", parents: { memory: "/m", pids: "/p", cpu: "/c" } };

function clause(asked: Plan["limits"], way?: GroupWay, controllers: readonly string[] = ["memory", "pids", "cpu"]) {
  const { facts } = fakeView({ paths: [] });
  const cgroup = way === undefined ? facts.cgroup : { layout: "v2" as const, controllers, delegated: true, way };
  const { enforces = [], services = [], ops = [] } = limits({ limits: asked } as Plan, { ...facts, cgroup });
  const service = services.find((each): each is LimitsService => each.kind === "limits");
  const resources = ops.map(({ fields }) => fields[0]);
  return {
    words: Object.fromEntries(enforces.map(({ control, mechanism }) => [control, mechanism])),
    service,
    resources,
  };
}

test("a group holds what it has a controller for", () => {
  const { words, service, resources } = clause(LIMITS, UNIFIED);
  assert.equal(words["limits.memory"], "cgroup v2 memory.max: 512M for the whole run, without swap");
  assert.match(words["limits.cpu"] ?? "", /^cgroup v2 cpu\.max: 150%/);
  assert.match(words["limits.pids"] ?? "", /^cgroup v2 pids\.max: 100/);
  assert.deepEqual(service?.held, { memoryBytes: LIMITS.memoryBytes, cpu: 1.5, pids: 100 });
  assert.deepEqual(service?.watched, { diskBytes: LIMITS.diskBytes });
  // Core dumps, files' sizes, processes: no limit of data for each process.
  assert.deepEqual([...resources].sort(), [1, 4, 6]);
});

test("a controller that isn't there holds nothing", () => {
  const { words, service } = clause(LIMITS, UNIFIED, ["pids"]);
  assert.match(words["limits.memory"] ?? "", /^RLIMIT_DATA: 512M .* the supervisor's watch/);
  assert.match(words["limits.cpu"] ?? "", /^the supervisor's watch/);
  assert.deepEqual(service?.held, { pids: 100 });
  assert.deepEqual(service?.watched, { memoryBytes: LIMITS.memoryBytes, cpu: 1.5, diskBytes: LIMITS.diskBytes });
});

test("the words say who made the group", () => {
  assert.match(
    clause(LIMITS, SCOPE).words["limits.memory"] ?? "",
    /^cgroup v2 memory\.max of a systemd user scope: 512M/,
  );
  assert.match(clause(LIMITS, LEGACY).words["limits.memory"] ?? "", /^cgroup v1 memory\.limit_in_bytes: 512M/);
});

test("a number of processes alone isn't worth asking systemd for a scope", () => {
  for (const way of [SCOPE, LEGACY]) {
    const { service, words } = clause({ pids: 100 }, way);
    assert.equal(service?.group, undefined);
    assert.deepEqual(service?.told, { pids: 100 });
    assert.match(words["limits.pids"] ?? "", /^RLIMIT_NPROC/);
  }
});

test("without a limit nobody watches", () => {
  assert.equal(clause({}, UNIFIED).service, undefined);
  assert.equal(clause({ timeMs: 1000, files: 20 }, UNIFIED).service, undefined);
});
