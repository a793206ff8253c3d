import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf, problemOf } from "../testing/plans.js";

describe("files of /etc that a policy writes", () => {
  test("are there, in folders of their own", () => {
    const { plan } = planOf({ policy: { filesystem: { etc: { "agent/conf.d/a.toml": "a = 1\n", "agent/b": "" } } } });
    const made = plan.mounts.filter(({ target }) => target.startsWith("/etc/agent"));
    assert.deepEqual(made, [
      { kind: "directory", target: "/etc/agent", mode: 0o755 },
      { kind: "directory", target: "/etc/agent/conf.d", mode: 0o755 },
      { kind: "file", target: "/etc/agent/conf.d/a.toml", mode: 0o644, content: "a = 1\n" },
      { kind: "file", target: "/etc/agent/b", mode: 0o644, content: "" },
    ]);
  });

  test("are refused where the system has something", () => {
    const paths = ["/etc/ssl/certs/"];
    assert.match(
      problemOf({ host: { paths }, policy: { filesystem: { etc: { "ssl/cert.pem": "" } } } }),
      /path-refused: \/etc\/ssl is the system's own/,
    );
  });
});

describe("the file of a login", () => {
  const oauth = {
    endpoints: [{ host: "auth.test", path: "/token" }],
    file: "/home/ada/.agent/auth.json",
    share: true,
    access: "token",
    keep: [],
  };
  const account = { from: "login:account", hosts: ["api.test"], optional: false, places: ["header" as const], oauth };
  const network = { mode: "allowlist" as const, allow: [{ host: "api.test", ports: [443], inspect: false }] };

  test("is made in a private home, with folders above it, when the user has one", () => {
    const policy = { secrets: { account }, network };
    const { plan } = planOf({ policy, host: { paths: ["/home/ada/.agent/auth.json = {}"] } });
    const made = plan.mounts.filter(({ target }) => target.startsWith("/home/ada/.agent"));
    assert.deepEqual(made, [
      { kind: "directory", target: "/home/ada/.agent", mode: 0o700 },
      { kind: "run-file", target: "/home/ada/.agent/auth.json", mode: 0o600, content: "login:account" },
    ]);
    assert.deepEqual(plan.network.secretHosts, ["api.test", "auth.test"]);
    const without = planOf({ policy });
    assert.ok(!without.plan.mounts.some(({ target }) => target.startsWith("/home/ada/.agent")));
  });

  test("lies in the home, or is refused", () => {
    const elsewhere = { ...account, oauth: { ...oauth, file: "/var/lib/auth.json" } };
    assert.match(problemOf({ policy: { secrets: { account: elsewhere }, network } }), /doesn't lie in the home folder/);
  });
});
