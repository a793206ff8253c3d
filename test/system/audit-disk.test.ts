// A full disk under the record: a small tmpfs in a mount namespace of the test's own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { ordinary, superuser } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

/** Far more events than fit. */
const STORM = "for i in $(seq 3000); do echo x > .envrc; done 2>/dev/null; echo done; exit 3";

/** As the ordinary user, with `state` on a disk of so many bytes; then what verify says, and whether the run's end is known. */
function onSmallDisk(stage: Stage, sizeBytes: number, ...sets: readonly string[]): Promise<Result> {
  const { uid, gid } = ordinary;
  const state = stage.makeDirectory("state");
  const flags = ["-p", stage.path("policy.yaml"), "-w", stage.workspace, "--set", `audit.dir=${state}`];
  const more = sets.flatMap((set) => ["--set", set]);
  const cordon = cordonArgv("run", ...flags, ...more, "--", "sh", "-c", STORM);
  const verify = cordonArgv("audit", "verify", state);
  const script = [
    `mount -t tmpfs -o size=${sizeBytes},mode=700,uid=${uid},gid=${gid} tmpfs ${state} || exit 99`,
    '"$@"; echo "status $?"',
    `${ordinary.become(verify).join(" ")}; echo "verify $?"`,
  ].join("\n");
  return exec(["unshare", "-m", "sh", "-c", script, "sh", ...ordinary.become(cordon)], {
    cwd: stage.workspace,
    env: { HOME: ordinary.home },
  });
}

describe("a full disk", { skip: superuser === undefined ? "only root can mount one" : false }, () => {
  test("ends the run with a clear word, and the record is whole as far as it goes", async (t) => {
    const result = await onSmallDisk(makeStage(t, ordinary), 128 * 1024);
    assert.match(result.stdout, /status 125\n/, describeResult(result));
    assert.doesNotMatch(result.stdout, /done/);
    assert.match(result.stderr, /cordon: .*the record can't be written any more: .*ENOSPC/);
    assert.match(result.stdout, /verify 0\n/);
    assert.match(result.stdout, /^(?:open end|ok) .* events/m);
  });

  test("with audit.onFailure: continue the run goes on and says so", async (t) => {
    const result = await onSmallDisk(makeStage(t, ordinary), 128 * 1024, "audit.onFailure=continue");
    assert.match(result.stdout, /done\nstatus 3\n/, describeResult(result));
    assert.match(result.stderr, /cordon: .*the record can't be written any more: .*ENOSPC/);
    assert.match(result.stdout, /verify 0\n/);
  });

  test("that is full from the beginning: nothing is started", async (t) => {
    const result = await onSmallDisk(makeStage(t, ordinary), 4096);
    assert.match(result.stdout, /status 125\n/, describeResult(result));
    assert.doesNotMatch(result.stdout, /done/);
  });
});
