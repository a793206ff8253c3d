import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attempt, type Case, planOf } from "../testing/plans.js";

const rule = { host: "api.example.com", ports: [443], inspect: false };
const unix = { ...rule, connect: { unix: "/run/llm.sock" } };

const LATER: readonly (readonly [string, Case["policy"]])[] = [
  ["network.mode", { network: { mode: "open" } }],
  ["network.allow.0", { network: { mode: "allowlist", allow: [rule] } }],
  [
    "network.allow.0",
    { network: { mode: "allowlist", allow: [{ ...rule, connect: { host: "127.0.0.1", port: 8080 } }] } },
  ],
  ["network.allow.0.inspect", { network: { mode: "allowlist", allow: [{ ...unix, inspect: true }] } }],
  ["network.allow.0.methods", { network: { mode: "allowlist", allow: [{ ...unix, methods: ["GET"] }] } }],
  ["network.allow.0.rate", { network: { mode: "allowlist", allow: [{ ...unix, rate: { count: 1, perMs: 1000 } }] } }],
  ["network.forward.0", { network: { forward: [{ host: "127.0.0.1", port: 11434 }] } }],
  ["network.publish.0", { network: { publish: [{ hostPort: 3000, port: 3000 }] } }],
  ["network.limits.upload", { network: { mode: "allowlist", limits: { uploadBytes: 1 } } }],
  ["network.upstreamCa", { network: { mode: "allowlist", upstreamCa: ["/ca.pem"] } }],
  ["network.dns.blocklists", { network: { mode: "allowlist", dns: { blocklists: ["/zone"] } } }],
  ["network.filter.patterns", { network: { mode: "allowlist", filter: { secrets: "block", patterns: ["x"] } } }],
  ["secrets.anthropic", { secrets: { anthropic: { from: "env:KEY", hosts: ["api.example.com"] } } }],
  ["limits.cpu", { limits: { cpu: 2 } }],
  ["limits.disk", { limits: { diskBytes: 1 } }],
  ["gui.mode", { gui: { mode: "x11" } }],
  ["devices.gpu", { devices: { gpu: true } }],
  ["image", { image: { ref: "localhost/agent" } }],
  ["filesystem.system", { filesystem: { system: "image" } }],
  ["approvals.network", { approvals: { network: "ask" } }],
  ["approvals.exec", { approvals: { exec: "ask" } }],
  ["audit.ship.0", { audit: { ship: ["journald"] } }],
  ["alerts.0", { alerts: [{ on: "exec", do: ["notify"] }] }],
  ["workspace.mode", { workspace: { mode: "overlay" } }],
  ["backend", { backend: "podman" }],
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
        setting === "backend" ? /the podman backend isn't there yet/ : / is not enforced by the native backend yet$/,
      );
    });
  });

  test("a list is named without the number of its item", () => {
    const result = attempt({ policy: { network: { forward: [{ host: "127.0.0.1", port: 1 }] } } });
    assert.equal(
      result.ok ? "" : result.problems[0]?.message,
      "network.forward is not enforced by the native backend yet",
    );
  });

  test("decoys are refused when they are asked for, not for being the default", () => {
    planOf({});
    const asked = attempt({ lines: { "filesystem.canaries": 5 } });
    assert.equal(asked.ok, false);
    planOf({ policy: { filesystem: { canaries: false } }, lines: { "filesystem.canaries": 5 } });
  });

  test("a backend that the request names counts too", () => {
    assert.equal(attempt({ request: { backend: "gvisor" } }).ok, false);
  });
});
