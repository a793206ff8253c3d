// `cordon breakout` on a developer's computer: nothing outside of its own folders for temporary files changes, no packet leaves loopback.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { ordinary, superuser } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const ALONE = join(ROOT, "test/support/alone.py");

interface Seen {
  readonly status: number;
  readonly changed: readonly string[];
  readonly packets: readonly string[];
}

async function alone(stage: Stage, argv: readonly string[]): Promise<{ readonly seen: Seen; readonly result: Result }> {
  const scratch = stage.path("scratch");
  mkdirSync(scratch);
  const command = ["/usr/bin/python3", ALONE, scratch, "--", ...ordinary.become(argv)];
  const result = await exec(["unshare", "-m", "-n", ...command], {
    cwd: stage.workspace,
    env: { HOME: ordinary.home, USER: ordinary.name },
    timeoutMs: 280_000,
  });
  // Checked border: the last line is made by alone.py.
  const seen = JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "") as Seen;
  return { seen, result };
}

describe("alone", {
  skip: superuser === undefined ? "only root can mount the overlays" : false,
  concurrency: 1,
}, () => {
  test("what is changed and sent there is seen", { timeout: 60_000 }, async (t) => {
    const script =
      'echo x > ~/made; python3 -c \'import socket; socket.socket(2, 2).sendto(b"x", ("198.51.100.9", 53))\'';
    const { seen, result } = await alone(makeStage(t, ordinary), ["sh", "-c", script]);
    assert.deepEqual(seen.changed, [join(ordinary.home, "made")], describeResult(result));
    assert.equal(seen.packets.length, 1);
  });

  for (const [what, options] of [
    ["the attacks", []],
    ["the faults", ["--faults", "--only", "supervisor", "--only", "proxy", "--only", "record", "--only", "receiver"]],
  ] as const) {
    test(`${what} change nothing of the user's and of the system, and send nothing`, {
      timeout: 290_000,
    }, async (t) => {
      const stage = makeStage(t, ordinary);
      const policy = stage.write(
        "policy.yaml",
        "version: 1\nname: safe\nnetwork: { allow: [api.example.com] }\nlimits: { memory: 512M, pids: 512 }\n",
      );
      const { seen, result } = await alone(stage, cordonArgv("breakout", "-p", policy, "--json", ...options));
      // What Cordon noted of this computer, for the next start.
      const notes = join(ordinary.home, ".cache/cordon/");
      assert.deepEqual(
        seen.changed.filter((path) => !path.startsWith(notes)),
        [],
        describeResult(result),
      );
      assert.deepEqual(seen.packets, []);
      assert.equal(seen.status, 0, describeResult(result));
    });
  }
});
