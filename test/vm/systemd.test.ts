// The backend `systemd` under a real user's manager: it conforms, its limits are the service's own, nothing of it stays behind whoever is
// killed, and the attacks that concern what is systemd's part fail.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { conformTogether, refusesRoot } from "../conformance/suite.js";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { withMark } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const FLAGS = ["-b", "systemd"];
const SESSION = `/run/user/${ordinary.uid}`;

refusesRoot("systemd");
conformTogether("systemd", ordinary);

async function units(stage: Stage): Promise<string> {
  const argv = ["systemctl", "--user", "list-units", "--all", "--no-legend", "cordon-systemd-vm*"];
  return (await stage.outside(argv)).stdout;
}

async function running(stage: Stage, name: string, script: string) {
  const run = stage.startInside(["sh", "-c", `echo ready; ${script}`], { flags: [...FLAGS, "--name", name] });
  await until("the command runs", () => run.output().includes("ready"), 20_000);
  return run;
}

function sockets(): readonly string[] {
  return readdirSync(SESSION).filter((name) => name.startsWith("cordon-"));
}

describe("a service as a wall", { concurrency: false }, () => {
  test("it is one of the user's manager, which ends it with the command, and nothing is left", async (t) => {
    const stage = makeStage(t, ordinary);
    const run = await running(stage, "systemd-vm-a", "read end; exit 3");
    assert.match(await units(stage), /cordon-systemd-vm-a-[0-9a-f]{8}\.service +loaded +active +running/);
    run.child.stdin?.end("end\n");
    assert.equal((await run.done).code, 3);
    assert.equal(await units(stage), "");
    assert.deepEqual(sockets(), []);
  });

  for (const victim of ["supervisor", "service"] as const) {
    test(`when the ${victim} is killed nothing lives on`, async (t) => {
      const stage = makeStage(t, ordinary);
      const name = `systemd-vm-${victim}`;
      const run = await running(stage, name, "(setsid sleep 4246 &); sleep 4246");
      assert.ok(withMark("sleep 4246").length > 0);
      if (victim === "supervisor") process.kill(run.pid, "SIGKILL");
      else await stage.outside(["systemctl", "--user", "kill", "--signal=KILL", `cordon-${name}-*.service`]);
      await until("all are gone", () => withMark("sleep 4246").every((each) => each.name !== "sleep"));
      const result = await run.done;
      if (victim === "service") assert.equal(result.code, 137, describeResult(result));
      await until("the unit is gone", () =>
        readdirSync("/sys/fs/cgroup", { recursive: true }).every((each) => !`${each}`.includes(name)),
      );
    });
  }

  test("limits are those of the service's own group, and bite", async (t) => {
    const stage = makeStage(t, ordinary);
    const limits = ["limits.memory=100M", "limits.pids=40", "limits.cpu=50%"].flatMap((each) => ["--set", each]);
    const events = stage.path("events.jsonl");
    const flags = [...FLAGS, "--name", "systemd-vm-limits", ...limits, "--events", events];
    const python = "x = b'x' * (300 << 20)";
    const result = await stage.inside(["/usr/bin/python3", "-c", python], { flags });
    assert.equal(result.code, 137, describeResult(result));
    assert.match(result.stderr, /memory limit of 100M reached/);
    const text = readFileSync(events, "utf8");
    for (const file of ["memory.max", "pids.max", "cpu.max"])
      assert.match(text, new RegExp(`cgroup v2 ${file.replace(".", "\\.")} of the service`));
    assert.match(text, /"type":"limit\.hit".*"action":"killed"/);
  });

  test("a folder with every odd character is shown as it is", async (t) => {
    const stage = makeStage(t, ordinary);
    const folder = stage.makeDirectory(`more/a:b "c" 'd' \\e %h $HOME {f},g`);
    stage.write(`more/a:b "c" 'd' \\e %h $HOME {f},g/file`, "found\n");
    const result = await stage.inside(["cat", `${folder}/file`], { flags: [...FLAGS, "--read", folder] });
    assert.equal(result.stdout, "found\n", describeResult(result));
  });

  test("the network by rules is the same: the proxy refuses a host that isn't named", async (t) => {
    const stage = makeStage(t, ordinary);
    const ask = `
      at="\${http_proxy#http://}"; at="\${at%/}"
      exec 3<>"/dev/tcp/\${at%:*}/\${at##*:}"
      printf 'GET http://nobody.example/ HTTP/1.1\\r\\nHost: nobody.example\\r\\n\\r\\n' >&3
      head -n 1 <&3`;
    const result = await stage.inside(["bash", "-c", ask], { flags: [...FLAGS, "--allow", "api.example.com"] });
    assert.match(result.stdout, /^HTTP\/1\.1 403/, describeResult(result));
  });

  test("doctor tells that it made one", async () => {
    const doctor = await exec(cordonArgv("doctor"), { identity: ordinary, cwd: "/" });
    assert.match(doctor.stdout, /ok +systemd +.*made a sandbox on trial/, describeResult(doctor));
  });

  test("attacks on what is systemd's part are held", async (t) => {
    const stage = makeStage(t, ordinary);
    const only = ["devices"].flatMap((each) => ["--only", each]);
    const argv = cordonArgv("breakout", ...FLAGS, "-p", stage.path("policy.yaml"), "--json", ...only);
    const result = await exec(argv, { identity: ordinary, cwd: stage.workspace, timeoutMs: 60_000 });
    assert.equal(result.code, 0, describeResult(result));
    assert.match(result.stdout, /"held": true/);
  });
});
