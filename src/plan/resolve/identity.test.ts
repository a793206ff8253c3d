import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf } from "../testing/plans.js";

describe("identity and environment", () => {
  test("root becomes the owner of the workspace", () => {
    const user = { uid: 0, gid: 0, name: "root", home: "/root" };
    const { plan } = planOf({ host: { user, paths: ["/root/.ssh/id"], owners: { "/home/ada": 1000 } } });
    assert.deepEqual(
      [plan.identity.uid, plan.identity.hostUid, plan.identity.mapOwner, plan.identity.user],
      [1000, 1000, undefined, "agent"],
    );
  });

  test("root in a folder of root becomes nobody's id, with the folder mapped", () => {
    const user = { uid: 0, gid: 0, name: "root", home: "/root" };
    const { plan } = planOf({ host: { user, paths: ["/root/.ssh/id"], owners: { "/home": 0 } } });
    assert.deepEqual(
      [plan.identity.uid, plan.identity.mapOwner, plan.identity.home],
      [65529, { uid: 0, gid: 0 }, "/root"],
    );
  });

  test("only named variables are handed on, by a glob none that load code", () => {
    const env = { AWS_SECRET: "x", LC_ALL: "C", LD_PRELOAD: "/x.so", NODE_OPTIONS: "-r x", API_KEY: "k" };
    const policy = {
      process: { env: { pass: ["L*", "NODE_OPTION?", "API_KEY", "PATH"], set: { SHELL: "/bin/dash" } } },
    };
    const { plan } = planOf({ host: { env }, policy });
    const { LC_ALL, LD_PRELOAD, NODE_OPTIONS, API_KEY, AWS_SECRET, SHELL, CORDON } = plan.command.env;
    assert.deepEqual(
      [LC_ALL, LD_PRELOAD, NODE_OPTIONS, API_KEY, AWS_SECRET, SHELL, CORDON],
      ["C", undefined, undefined, "k", undefined, "/bin/dash", "1"],
    );
  });
});
