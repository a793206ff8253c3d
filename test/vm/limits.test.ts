// Limits of whole runs by control groups of version 2: by a scope of the user's own systemd, by one of the system's for root, and in a
// subtree that was delegated by hand. The table says so, the kernel holds it, and the record names who did it.
import assert from "node:assert/strict";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, exec } from "../support/exec.js";
import { hog, hogStage, MIB, PYTHON, ranOf, show } from "../support/hogs.js";
import { identities, ordinary, superuser } from "../support/identity.js";
import { until } from "../support/wait.js";

const LIMITS = { memory: "100M", cpu: "50%", pids: "40" };

for (const identity of identities) {
  describe(`as ${identity.name}`, { concurrency: false }, () => {
    test("memory of all processes together", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { memory: "100M" }, ["memory", "300"]);
      assert.match(ran.table["limits.memory"] ?? "", /^cgroup v2 memory\.max.*: 100M for the whole run/, show(ran));
      assert.deepEqual([ran.result.code, ran.reason], [137, "limit"], show(ran));
      const [hit] = ran.hits;
      assert.deepEqual([hit?.limit, hit?.value, hit?.action], ["memory", 100 * MIB, "killed"], show(ran));
      assert.match(hit?.program ?? "", /^python3/, show(ran));
      assert.match(ran.result.stderr, /memory limit of 100M reached \(python3/);
      t.diagnostic(ran.table["limits.memory"] ?? "");
      const many = await hog(stage, { memory: "120M" }, ["memory_many", "4", "50"]);
      assert.equal(many.hits[0]?.action, "killed", show(many));
    });

    test("processes and processor time", async (t) => {
      const stage = hogStage(t, identity);
      const forks = await hog(stage, LIMITS, ["forks", "100"]);
      assert.match(forks.table["limits.pids"] ?? "", /^cgroup v2 pids\.max.*: 40/);
      const refused = forks.hits.find(({ limit }) => limit === "pids");
      assert.deepEqual([refused?.value, refused?.action, refused?.program], [40, "refused", "python3"], show(forks));
      const burn = await hog(stage, LIMITS, ["burn", "2", "6"]);
      const used = [...burn.result.stdout.matchAll(/used ([\d.]+)/g)].reduce((sum, [, each]) => sum + Number(each), 0);
      assert.ok(used > 0.5 && used < 4.5, `${used} s ${show(burn)}`);
      assert.equal(burn.hits.find(({ limit }) => limit === "cpu")?.action, "throttled", show(burn));
    });

    test("the limits can be read in the run's own group, which is gone afterwards", async (t) => {
      const stage = hogStage(t, identity);
      const flags = [
        "--name",
        "looked-at",
        ...Object.entries(LIMITS).flatMap(([key, value]) => ["--set", `limits.${key}=${value}`]),
      ];
      const run = stage.startInside(["sleep", "8"], { flags, timeoutMs: 100_000 });
      const folder = await until("the group is there", () => groupsNamed("cordon-looked-at-")[0]);
      const limit = (name: string) => readFileSync(join(folder, name), "utf8").trim();
      // systemd makes the folder first, then sets the limits, then moves the process.
      await until("the command is in it", () => limit("cgroup.procs") !== "");
      assert.deepEqual(["memory.max", "memory.swap.max", "pids.max", "cpu.max"].map(limit), [
        `${100 * MIB}`,
        "0",
        "40",
        "50000 100000",
      ]);
      await run.done;
      await until("the group is gone", () => groupsNamed("cordon-looked-at-").length === 0 || undefined);
    });
  });
}

test("a subtree that was delegated by hand", async (t) => {
  assert.ok(superuser !== undefined);
  const top = "/sys/fs/cgroup/delegated-by-hand";
  mkdirSync(join(top, "session"), { recursive: true });
  t.after(() => {
    for (const folder of [join(top, "session"), top]) rmdirSync(folder);
  });
  writeFileSync(join(top, "cgroup.subtree_control"), "+memory +pids +cpu");
  for (const path of ["", "cgroup.procs", "cgroup.subtree_control", "session", "session/cgroup.procs"])
    chownSync(join(top, path), ordinary.uid, ordinary.gid);
  const stage = hogStage(t, ordinary);
  const events = stage.path("events.jsonl");
  const flags = [
    "-p",
    stage.path("policy.yaml"),
    "-w",
    stage.workspace,
    "--set",
    "limits.memory=100M",
    "--events",
    events,
  ];
  const argv = cordonArgv("run", ...flags, "--", PYTHON, "hogs.py", "memory", "300");
  const result = await exec(
    ["sh", "-c", 'echo $$ > "$0" && exec "$@"', join(top, "session/cgroup.procs"), ...ordinary.become(argv)],
    { cwd: stage.workspace, timeoutMs: 100_000, env: { HOME: ordinary.home } },
  );
  const ran = ranOf(result, events);
  assert.match(ran.table["limits.memory"] ?? "", /^cgroup v2 memory\.max: 100M/, show(ran));
  assert.deepEqual([ran.result.code, ran.reason, ran.hits[0]?.action], [137, "limit", "killed"], show(ran));
  assert.deepEqual(
    readdirSync(top).filter((name) => name.startsWith("cordon-")),
    [],
  );
});

function groupsNamed(prefix: string): readonly string[] {
  return readdirSync("/sys/fs/cgroup", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
    .map((entry) => join(entry.parentPath, entry.name));
}
