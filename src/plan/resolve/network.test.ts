import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf } from "../testing/plans.js";

describe("the network", () => {
  const rule = { host: "model.test", ports: [80, 443], inspect: false, connect: { unix: "/run/llm.sock" } };
  const host = { paths: ["/run/llm.sock socket"] };

  test("a name with a unix socket gets an address and a listener for each port", () => {
    const { plan } = planOf({ policy: { network: { mode: "allowlist", allow: [rule] } }, host });
    assert.deepEqual(
      plan.network.listeners.map(({ address, port, upstream }) => `${address}:${port} ${upstream.unix}`),
      ["127.64.0.1:80 /run/llm.sock", "127.64.0.1:443 /run/llm.sock"],
    );
    assert.deepEqual(plan.network.hosts, [{ address: "127.64.0.1", name: "model.test" }]);
    assert.ok(plan.controls.includes("network.allowlist") && !plan.controls.includes("network.none"));
  });

  test("a deny rule takes ports back", () => {
    const { plan } = planOf({
      policy: { network: { mode: "allowlist", allow: [rule], deny: [{ host: "*.test", ports: [443] }] } },
      host,
    });
    assert.deepEqual(
      plan.network.listeners.map(({ port }) => port),
      [80],
    );
  });

  test("an empty allow list reaches nothing", () => {
    const { plan } = planOf({ policy: { network: { mode: "allowlist", allow: [] } } });
    assert.deepEqual([plan.network.mode, plan.network.listeners, plan.network.hosts], ["none", [], []]);
    assert.ok(plan.controls.includes("network.none"));
  });

  test("without a network the allow rules of a profile are moot", () => {
    planOf({
      policy: { network: { mode: "none", allow: [{ host: "api.example.com", ports: [443], inspect: true }] } },
    });
  });
});
