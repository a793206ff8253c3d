// What systemd itself says of the exported unit, without a manager: it understands every line, and rates it. test/vm/export starts it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { describeResult } from "../support/exec.js";
import { exportFiles, fileOf, POLICY } from "../support/export.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const MAX_EXPOSURE = 1.5;
const skip = existsSync("/usr/bin/systemd-analyze") ? false : "systemd-analyze isn't there";

describe("the exported unit", { skip }, () => {
  for (const seccomp of ["default", "strict"]) {
    test(`is understood by systemd and rated at most ${MAX_EXPOSURE} (${seccomp})`, async (t) => {
      const stage = makeStage(t, ordinary);
      const odd = stage.makeDirectory("more/it's 100% $5");
      const policy = `${POLICY}process: { seccomp: ${seccomp} }\n`;
      const flags = ["--read", odd];
      const unit = fileOf(
        await exportFiles(stage, "systemd-unit", { policy, flags, command: ["sh", "-c", "echo %h $HOME"] }),
      );
      const verified = await stage.outside(["systemd-analyze", "verify", unit]);
      assert.equal(verified.stderr, "", describeResult(verified));
      const rated = await stage.outside(["systemd-analyze", "security", "--offline=yes", unit]);
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1]);
      assert.ok(exposure <= MAX_EXPOSURE, describeResult(rated));
    });
  }

  test("a path that a unit can't name is refused, and nothing is written", async (t) => {
    const stage = makeStage(t, ordinary);
    const folder = stage.makeDirectory("a:b");
    const attempt = exportFiles(stage, "systemd-unit", { flags: ["--read", folder], command: ["true"] });
    await assert.rejects(attempt, /can't be written as a path of a unit/);
  });

  test("it says on top what is lost, and each promise stands beside the lines that hold it", async (t) => {
    const stage = makeStage(t, ordinary);
    const unit = readFileSync(
      fileOf(await exportFiles(stage, "systemd-unit", { policy: POLICY, command: ["true"] })),
      "utf8",
    );
    assert.match(unit, /^# .*lost:$/m);
    assert.match(unit, /^# .*\(process\.recorded\)/m);
    assert.match(unit, /\(ipc\.private\)[^\n]*\n(?:#[^\n]*\n)*PrivateIPC=yes\n/);
  });
});
