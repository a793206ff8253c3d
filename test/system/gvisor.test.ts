// The backend `gvisor`: the command runs on gVisor's kernel, sees the plan's files and no others, has the network by rules; what gVisor keeps
// from being held is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { withMark } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

/** Nobody sees what is executed there: every policy asks for that. */
const FLAGS = ["-b", "gvisor", "--allow-degraded"];

async function inside(stage: Stage, script: string, flags: readonly string[] = []) {
  return await stage.inside(["bash", "-c", script], { flags: [...FLAGS, ...flags], input: "from the caller\n" });
}

describe("gvisor", { concurrency: false }, () => {
  test("what it can't hold is refused, by name", async (t) => {
    const result = await makeStage(t, ordinary).inside(["true"], { flags: ["-b", "gvisor"], refused: true });
    assert.match(
      result.stderr,
      /workspace\.protected-names \(.*process\.recorded \(.*process\.seccomp \(only gVisor's kernel/,
    );
  });

  test("the kernel is gVisor's; input, output and status are the command's", async (t) => {
    const stage = makeStage(t, ordinary);
    const result = await inside(stage, "uname -r; cat; echo x > made; echo error >&2; exit 7");
    assert.match(result.stdout, /^4\.4\.0\nfrom the caller\n$/, describeResult(result));
    assert.match(result.stderr, /^error$/m);
    assert.equal(result.code, 7);
    assert.equal(readFileSync(stage.path("workspace/made"), "utf8"), "x\n");
    const statuses =
      "(exec ./none) 2>/dev/null; echo $?; touch text; (exec ./text) 2>/dev/null; echo $?; kill -TERM $$";
    const ended = await inside(stage, statuses);
    assert.equal(ended.stdout, "127\n126\n", describeResult(ended));
    assert.equal(ended.code, 143);
  });

  test("files that aren't named, denied ones, processes and the environment stay outside", async (t) => {
    const stage = makeStage(t, ordinary);
    const hidden = stage.write("beside/file", stage.secret, 0o600);
    stage.write("workspace/.env", stage.secret);
    const looks = [
      `cat ${hidden} .env`,
      "cat /proc/[0-9]*/environ | tr '\\0' '\\n'",
      `for p in /proc/[0-9]*; do cat $p/root${hidden}; done`,
      "for d in / /usr /etc; do touch $d/cordon-x && echo written; done",
      "touch made && echo written",
      "grep CapEff /proc/self/status",
      "cat /run/cordon-gvisor/plain/config.json && echo config",
    ].join("; ");
    const flags = ["--mode", "read", "--deny", stage.path("workspace/.env")];
    const result = await stage.inside(["bash", "-c", `{ ${looks}; } 2>&1; echo end`], {
      flags: [...FLAGS, ...flags],
      env: { CONFORMANCE_LEAK: stage.secret },
    });
    assert.match(result.stdout, /CapEff:\s+0+\n(?:.*\n)*end\n$/, describeResult(result));
    assert.doesNotMatch(result.stdout, /written|config$/m);
    assert.ok(!result.stdout.includes(stage.secret), describeResult(result));
  });

  test("the network by rules holds: by the proxy, by name and by address", async (t) => {
    const stage = makeStage(t, ordinary);
    const ask = [
      "import os, socket, urllib.request as u",
      "def get(*handlers, at):",
      "  try: u.build_opener(*handlers).open(at, timeout=20)",
      "  except Exception as error: print(error)",
      "get(u.ProxyHandler({'http': os.environ['http_proxy']}), at='http://nobody.example/')",
      "get(u.ProxyHandler({}), at='http://192.0.2.7/')",
      "get(u.ProxyHandler({}), at='http://nobody.example/')",
      "print(socket.gethostbyname('api.example.com'))",
    ].join("\n");
    const flags = [...FLAGS, "--allow", "api.example.com"];
    const result = await stage.inside(["/usr/bin/python3", "-c", ask], { flags });
    const refused = "HTTP Error 403: Blocked by Cordon";
    const [proxied, addressed, named, answer] = result.stdout.split("\n");
    assert.deepEqual([proxied, addressed], [refused, refused], describeResult(result));
    assert.match(named ?? "", /Name or service not known/);
    assert.match(answer ?? "", /^198\.1[89]\./);
  });

  test("limits: open files are gVisor's to count, time ends the run", async (t) => {
    const stage = makeStage(t, ordinary);
    const files = await inside(stage, "ulimit -n", ["--set", "limits.files=200"]);
    assert.equal(files.stdout, "200\n", describeResult(files));
    const late = await inside(stage, "sleep 60", ["--set", "limits.time=2s"]);
    assert.match(late.stderr, /time limit/);
    const refused = await stage.inside(["true"], {
      flags: ["-b", "gvisor", "--set", "limits.memory=100M"],
      refused: true,
    });
    assert.match(refused.stderr, /process\.recorded/);
  });

  test("when the supervisor is killed nothing lives on, and nothing joins a run", async (t) => {
    const stage = makeStage(t, ordinary);
    const flags = [...FLAGS, "--name", "gvisor-held"];
    const run = stage.startInside(["sh", "-c", "echo ready; exec sleep 4248"], { flags });
    await until("it runs", () => run.output().includes("ready"));
    const joined = await exec(cordonArgv("attach", "gvisor-held", "--", "id"), {
      identity: ordinary,
      cwd: stage.workspace,
    });
    assert.equal(joined.code, 125, describeResult(joined));
    assert.match(joined.stderr, /would run beside gVisor/);
    const marked = () => withMark("cordon-gvisor").filter(({ name }) => name !== "node");
    assert.ok(marked().length > 0);
    process.kill(run.pid, "SIGKILL");
    await until("all are gone", () => marked().length === 0);
    await run.done;
  });
});
