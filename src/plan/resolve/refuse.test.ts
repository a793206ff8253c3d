import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attempt, type Case, planOf } from "../testing/plans.js";

const LATER: readonly (readonly [string, Case["policy"]])[] = [
  ["gui.mode", { gui: { mode: "x11" } }],
  ["devices.gpu", { devices: { gpu: true } }],
  ["image", { image: { ref: "localhost/agent" } }],
  ["approvals.network", { approvals: { network: "ask" } }],
  ["approvals.exec", { approvals: { exec: "ask" } }],
  ["workspace.mode", { workspace: { mode: "overlay" } }],
  ["backend", { backend: "microvm" }],
];

describe("what this version doesn't enforce", () => {
  LATER.forEach(([setting, policy], index) => {
    test(`${setting} is refused at its own place (${index})`, () => {
      const lines = { [setting]: 42 };
      const result = attempt({
        ...(policy === undefined ? {} : { policy }),
        lines,
        host: { paths: ["/run/llm.sock socket"] },
      });
      if (result.ok) assert.fail("planned all the same");
      const found = result.problems.find((problem) => problem.place.line === 42);
      assert.equal(found?.code, "not-implemented");
      assert.match(
        found.message,
        setting === "backend" ? /the microvm backend isn't there yet/ : / is not enforced yet$/,
      );
    });
  });

  test("decoys in a persistent home are refused when they are asked for, not for being the default", () => {
    planOf({ lines: { "filesystem.canaries": 5 } });
    const kept = { filesystem: { home: "persistent" } } as const;
    planOf({ policy: kept });
    assert.equal(attempt({ policy: kept, lines: { "filesystem.canaries": 5 } }).ok, false);
    planOf({ policy: { filesystem: { home: "persistent", canaries: false } }, lines: { "filesystem.canaries": 5 } });
  });

  test("a backend that the request names counts too", () => {
    assert.equal(attempt({ request: { backend: "microvm" } }).ok, false);
  });
});
