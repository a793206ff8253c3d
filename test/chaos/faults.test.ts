// `cordon breakout --faults` as its users start it: whatever breaks around a sandbox, it fails closed and loses nothing.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { FAULTS } from "../../src/breakout/faults.js";
import { groupOf } from "../../src/breakout/select.js";
import { cordonArgv, describeResult, exec, start } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import { withMark } from "../support/processes.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const ONLY = [...new Set(FAULTS.map(({ id }) => groupOf(id)))].flatMap((group) => ["--only", group]);

interface Told {
  readonly held: boolean;
  readonly faults: readonly { readonly id: string; readonly status: string; readonly evidence: string }[];
}

describe("faults", { concurrency: 1 }, () => {
  for (const identity of identities) {
    test(`as ${identity.name}: each is survived`, { timeout: 280_000 }, async (t) => {
      const stage = makeStage(t, identity);
      const argv = cordonArgv("breakout", "--faults", ...ONLY, "--json");
      const result = await exec(argv, { identity, cwd: stage.workspace, timeoutMs: 270_000 });
      assert.notEqual(result.stdout, "", describeResult(result));
      // Checked border: the JSON is that of reportJson.
      const { held, faults } = JSON.parse(result.stdout) as Told;
      assert.deepEqual(
        faults.filter(({ status }) => status !== "held").map(({ id, evidence }) => [id, evidence]),
        [],
      );
      assert.deepEqual(
        faults.map(({ id }) => id),
        FAULTS.map(({ id }) => id),
      );
      assert.equal(held, true);
      assert.equal(result.code, 0);
    });
  }

  test("nothing stays behind, also when they are interrupted", { timeout: 60_000 }, async (t) => {
    const stage = makeStage(t, ordinary);
    const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("cordon-breakout-"));
    const before = leftovers();
    const running = start(cordonArgv("breakout", "--faults", "--only", "supervisor"), {
      identity: ordinary,
      cwd: stage.workspace,
      input: "",
    });
    const made = await until("a place for them", () => leftovers().find((name) => !before.includes(name)));
    await until("a run in it", () => withMark(`${made}/supervisor-killed`).length > 0, 20_000);
    running.child.kill("SIGINT");
    const result = await running.done;
    assert.equal(result.code, 125, describeResult(result));
    await until("no process of theirs lives", () => withMark(made).length === 0, 10_000);
    await until("no folder of theirs is there", () => !leftovers().includes(made), 5000);
  });
});
