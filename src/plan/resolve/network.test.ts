import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf, problemOf } from "../testing/plans.js";

const RULE = { host: "api.example.com", ports: [80, 443], inspect: false };
const ALLOWLIST = { mode: "allowlist", allow: [RULE] } as const;

describe("the network", () => {
  test("an allow rule becomes a rule with its place, listeners that catch everything, a name service and both proxies", () => {
    const { plan } = planOf({ policy: { network: ALLOWLIST }, lines: { "network.allow.0": 7 } });
    const { rules, listeners, capture, mode } = plan.network;
    assert.deepEqual([mode, capture], ["allowlist", "transparent"]);
    assert.deepEqual(rules, [
      { origin: "network.allow.0", place: "/home/ada/project/cordon.yaml:7:3", ...RULE, filter: "block" },
    ]);
    assert.deepEqual([...new Set(listeners.map(({ role }) => role))], ["capture", "http", "socks", "dns"]);
    assert.ok(listeners.every(({ role, transparent }) => transparent === (role === "capture")));
    assert.ok(plan.controls.includes("network.allowlist") && !plan.controls.includes("network.none"));
    assert.equal(plan.command.env["HTTPS_PROXY"], "http://127.0.0.1:3128");
  });

  test("without nf_tables there is a listener for each port that a rule names", () => {
    const allow = [{ ...RULE, ports: [22, 8443] }];
    const host = { nfTables: false };
    const { plan } = planOf({ policy: { network: { mode: "allowlist", allow } }, host });
    const ports = plan.network.listeners.filter(({ role }) => role === "capture").map(({ port }) => port);
    assert.deepEqual([plan.network.capture, [...new Set(ports)]], ["ports", [80, 443, 22, 8443]]);
  });

  test("an empty allow list reaches nothing: there isn't even a name service", () => {
    const { plan } = planOf({ policy: { network: { mode: "allowlist", allow: [] } } });
    assert.deepEqual([plan.network.mode, plan.network.capture, plan.network.listeners], ["none", "none", []]);
    assert.ok(plan.controls.includes("network.none"));
    assert.equal(plan.command.env["HTTPS_PROXY"], undefined);
  });

  test("without a network the allow rules of a profile are moot", () => {
    const allow = [{ host: "api.example.com", ports: [443], inspect: true, secret: "key" }];
    const { plan } = planOf({ policy: { network: { mode: "none", allow } } });
    assert.deepEqual(plan.network.rules, []);
  });

  test("a rule that opens TLS gives the run certificates of its own", () => {
    const allow = [{ ...RULE, inspect: true }];
    const { plan } = planOf({ policy: { network: { mode: "allowlist", allow } } });
    assert.equal(plan.network.inspects, true);
    const files = plan.mounts.flatMap((mount) => (mount.kind === "run-file" ? [mount.target] : []));
    assert.ok(files.includes("/run/cordon/authority.pem"));
    assert.equal(plan.command.env["NODE_EXTRA_CA_CERTS"], "/run/cordon/authority.pem");
    const tunnel = planOf({ policy: { network: ALLOWLIST } }).plan;
    assert.equal(
      tunnel.mounts.some((mount) => mount.kind === "run-file" && mount.content === "authority"),
      false,
    );
  });

  test("a rule for a repository is one for each of GitHub's hosts", () => {
    const github = { repository: "me/it", access: "read" } as const;
    const allow = [{ host: "github.com", ports: [443], inspect: true, github }];
    const { rules } = planOf({ policy: { network: { mode: "allowlist", allow } } }).plan.network;
    assert.ok(rules.length > 2 && rules.every((rule) => rule.github === github && rule.origin === "network.allow.0"));
  });

  test("a socket that isn't there, a missing list and a forward on a proxy's port are problems", () => {
    const unix = { ...RULE, connect: { unix: "/run/gone.sock" } };
    assert.match(problemOf({ policy: { network: { mode: "allowlist", allow: [unix] } } }), /gone\.sock doesn't exist/);
    const network = { ...ALLOWLIST, dns: { blocklists: ["/gone.rpz"] }, upstreamCa: ["/gone.pem"] };
    assert.match(problemOf({ policy: { network } }), /gone\.pem doesn't exist[\s\S]*gone\.rpz doesn't exist/);
    const forward = [{ host: "127.0.0.1", port: 3128 }];
    assert.match(problemOf({ policy: { network: { ...ALLOWLIST, forward } } }), /port 3128 is taken inside/);
  });

  test("a service of the host stands inside at its own port, without any other network", () => {
    const { plan } = planOf({ policy: { network: { mode: "none", forward: [{ host: "127.0.0.1", port: 11_434 }] } } });
    assert.deepEqual(
      plan.network.listeners.map(({ role, address, port }) => `${role} ${address} ${port}`),
      ["forward 127.0.0.1 11434", "forward ::1 11434"],
    );
    assert.ok(plan.controls.includes("network.allowlist") && !plan.controls.includes("network.none"));
  });
});
