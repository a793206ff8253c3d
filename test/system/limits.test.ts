// Hogs of every kind end as their limit says, whoever runs them: by control groups where root has them, else by limits of each process and
// the supervisor's watch. The record names the program that did it: T40. test/vm/limits.test.ts shows the same with delegated groups.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { hog, hogStage, isGrouped, MIB, PYTHON, ranOf, show } from "../support/hogs.js";
import { identities, ordinary } from "../support/identity.js";
import { until } from "../support/wait.js";

for (const identity of identities) {
  describe(`limits, as ${identity.name}`, { concurrency: false }, () => {
    test("one process that wants too much memory", async (t) => {
      const stage = hogStage(t, identity);
      const outside = await stage.outside([PYTHON, "hogs.py", "memory", "400"]);
      assert.match(outside.stdout, /got all/);
      const ran = await hog(stage, { memory: "150M" }, ["memory", "400"]);
      assert.doesNotMatch(ran.result.stdout, /got all/);
      const [hit] = ran.hits.filter(({ limit }) => limit === "memory");
      assert.equal(hit?.value, 150 * MIB, show(ran));
      assert.match(hit?.program ?? "", /^python3/, show(ran));
      if (isGrouped(ran, "memory")) {
        assert.deepEqual([ran.result.code, hit?.action, ran.reason], [137, "killed", "limit"], show(ran));
        assert.match(ran.result.stderr, /^cordon: memory limit of 150M reached \(python3/m);
      } else {
        assert.match(ran.result.stdout, /refused at/);
        assert.equal(hit?.action, "refused", show(ran));
      }
    });

    test("many processes that each stay below the limit", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { memory: "300M" }, ["memory_many", "8", "80"]);
      const hits = ran.hits.filter(({ limit }) => limit === "memory");
      assert.ok(hits.length > 0, show(ran));
      assert.ok(
        hits.some(({ program, pid }) => /^python3/.test(program ?? "") && pid !== undefined),
        show(ran),
      );
      assert.match(ran.result.stderr, /memory limit of 300M reached \(python3/);
      if (!isGrouped(ran, "memory"))
        assert.deepEqual([ran.result.code, ran.reason, hits[0]?.action], [137, "limit", "stopped"], show(ran));
    });

    test("a flood of processes", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { pids: "50", memory: "1G" }, ["forks", "150"]);
      const made = Number(/made (\d+)/.exec(ran.result.stdout)?.[1] ?? "0");
      assert.ok(made > 20 && made < 110, show(ran));
      const [hit] = ran.hits.filter(({ limit }) => limit === "pids");
      assert.deepEqual([hit?.value, hit?.action, hit?.program], [50, "refused", "python3"], show(ran));
      assert.match(ran.result.stderr, /limit of 50 processes reached \(python3, pid \d+\)/);
    });

    test("processors: two that burn get the time of one and a half, or less", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { cpu: "50%" }, ["burn", "2", "4"]);
      const used = [...ran.result.stdout.matchAll(/used ([\d.]+)/g)].reduce((sum, [, each]) => sum + Number(each), 0);
      // Half a processor for four seconds, and what a watch is late by.
      assert.ok(used > 0.3 && used < 2.9, `${used} s ${show(ran)}`);
      assert.equal(ran.result.code, 0);
    });

    for (const [way, pattern] of [
      ["fill_one", /^(refused|stopped)$/],
      ["fill_many", /^stopped$/],
      ["fill_deleted", /^stopped$/],
    ] as const) {
      test(`the disk: ${way}`, async (t) => {
        const stage = hogStage(t, identity);
        const ran = await hog(stage, { disk: "100M" }, [way, "900"]);
        assert.doesNotMatch(ran.result.stdout, /wrote all/, show(ran));
        const [hit] = ran.hits.filter(({ limit }) => limit === "disk");
        assert.match(hit?.action ?? "", pattern, show(ran));
        assert.equal(hit?.program, "python3", show(ran));
        const written = readdirSync(stage.workspace).reduce(
          (sum, name) => sum + statSync(join(stage.workspace, name)).blocks * 512,
          0,
        );
        t.diagnostic(`${Math.round(written / MIB)} MiB on disk, ${Math.round((hit?.used ?? 0) / MIB)} seen`);
        assert.ok(written < 850 * MIB, show(ran));
        assert.match(ran.result.stderr, /disk limit of 100M reached \(python3/);
      });
    }

    test("a file can't have more holes than the limit either, and one that is small enough can", async (t) => {
      const stage = hogStage(t, identity);
      const large = await hog(stage, { disk: "100M" }, ["sparse", "200"]);
      assert.doesNotMatch(large.result.stdout, /made/, show(large));
      const small = await hog(stage, { disk: "100M" }, ["sparse", "90"]);
      assert.match(small.result.stdout, /made/, show(small));
      assert.deepEqual(small.hits, []);
    });

    test("open files", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { files: "64" }, ["descriptors", "500"]);
      const refused = Number(/refused at (\d+) 24/.exec(ran.result.stdout)?.[1] ?? "0");
      assert.ok(refused > 50 && refused < 64, show(ran));
    });

    test("ordinary work within its limits meets none of them", async (t) => {
      const stage = hogStage(t, identity);
      const ran = await hog(stage, { memory: "1G", cpu: "400%", pids: "200", disk: "500M" }, ["memory", "20"]);
      assert.match(ran.result.stdout, /got all/, show(ran));
      assert.deepEqual([ran.hits, ran.reason, ran.result.code], [[], "exit", 0], show(ran));
    });
  });
}

test("the group of a run whose supervisor was killed doesn't outlive it by much", async (t) => {
  const root = identities.find(({ uid }) => uid === 0);
  if (root === undefined || !existsSync("/sys/fs/cgroup/pids"))
    return t.skip("needs root and control groups version 1");
  const stage = hogStage(t, root);
  const run = stage.startInside(["sleep", "60"], { flags: ["--set", "limits.memory=200M", "--name", "killed-here"] });
  const groups = () =>
    readdirSync("/sys/fs/cgroup/pids", { recursive: false }).filter((name) =>
      String(name).startsWith("cordon-killed-here-"),
    );
  const [group] = await until("the group is there", () => (groups().length === 1 ? groups() : undefined));
  const members = join("/sys/fs/cgroup/pids", String(group), "cgroup.procs");
  await until("the command is in it", () => readFileSync(members, "utf8").split("\n").length > 2 || undefined);
  run.child.kill("SIGKILL");
  await run.done;
  await until("nothing is left in it", () => readFileSync(members, "utf8") === "" || undefined);
  const ran = await hog(stage, { memory: "200M" }, ["memory", "1"]);
  assert.equal(ran.result.code, 0, show(ran));
  // Empty groups go a minute after they were made; this one is removed here, as any later run would.
  const { removeOrphans } = await import("../../src/host/groups.js");
  removeOrphans({ kind: "legacy", parents: { pids: "/sys/fs/cgroup/pids" } }, 0);
  assert.deepEqual(groups(), []);
});

test("control groups of version 2 that have no controllers are not taken for ones that hold", async (t) => {
  const root = identities.find(({ uid }) => uid === 0);
  if (root === undefined) return t.skip("needs root");
  const stage = hogStage(t, root);
  const events = stage.path("events.jsonl");
  const script =
    'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup && cat /sys/fs/cgroup/cgroup.controllers && exec "$@"';
  const flags = [
    "-p",
    stage.path("policy.yaml"),
    "-w",
    stage.workspace,
    "--set",
    "limits.memory=200M",
    "--events",
    events,
  ];
  const argv = cordonArgv("run", ...flags, "--", PYTHON, "hogs.py", "memory_many", "5", "60");
  const result = await exec(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", ...argv], {
    cwd: stage.workspace,
  });
  if (/\bmemory\b/.test(result.stdout)) return t.skip("needs a host whose memory controller isn't in version 2");
  const ran = ranOf(result, events);
  assert.match(ran.table["limits.memory"] ?? "", /^RLIMIT_DATA: 200M .* the supervisor's watch/, show(ran));
  assert.deepEqual([result.code, ran.reason, ran.hits[0]?.action], [137, "limit", "stopped"], show(ran));
});

test("a storm of refusals costs neither memory nor a line of the record", { timeout: 120_000 }, async (t) => {
  const stage = hogStage(t, ordinary);
  const events = stage.path("events.jsonl");
  const count = 20_000;
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network: { allow: ["allowed.example"] } }));
  const run = stage.startInside([PYTHON, "hogs.py", "names", `${count}`], {
    flags: ["--quiet", "--events", events],
    timeoutMs: 110_000,
  });
  let peakKib = 0;
  const watching = setInterval(() => {
    const status = existsSync(`/proc/${run.pid}/status`) ? readFileSync(`/proc/${run.pid}/status`, "latin1") : "";
    peakKib = Math.max(peakKib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 200);
  const result = await run.done.finally(() => clearInterval(watching));
  assert.match(result.stdout, new RegExp(`asked ${count}`), describeResult(result));
  const lines = readFileSync(events, "utf8").trim().split("\n");
  const names = new Set(
    lines.map((line) => JSON.parse(line)).flatMap(({ type, name }) => (type === "dns.denied" ? [name] : [])),
  );
  t.diagnostic(`${names.size} names, ${peakKib} KiB`);
  assert.equal(names.size, count);
  assert.ok(peakKib < 400 * 1024, `${peakKib} KiB`);
});
