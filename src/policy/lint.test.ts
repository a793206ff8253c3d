import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPolicy } from "./load.js";

async function codes(text: string): Promise<readonly string[]> {
  const file = "/p/cordon.yaml";
  const texts = new Map([[file, new TextEncoder().encode(`version: 1\n${text}`)]]);
  const result = await loadPolicy({ file, texts, profiles: [], overrides: [], home: "/home/sam", cwd: "/work" });
  return (result.ok ? result.warnings : result.diagnostics).map(
    (one) => `${one.severity} ${one.code} ${one.place.line}`,
  );
}

for (const [name, text, expected] of [
  [
    "a plain policy",
    "network: { allow: [api.example.com] }\nfilesystem: { read: [/opt/x], write: [~/.cache/pip], deny: ['**/.env', ~/.ssh] }",
    [],
  ],
  ["the root", "filesystem: { read: [/] }", ["error grants-root 2"]],
  ["everything by a pattern", "filesystem: { read: ['/*'] }", ["error grants-root 2"]],
  ["the home", "filesystem: { read: ['~'] }", ["error grants-home 2"]],
  ["the home by a pattern", "filesystem: { write: ['~/*'] }", ["error grants-home 2"]],
  ["all homes", "filesystem: { read: [/home] }", ["error grants-home 2"]],
  ["SSH keys", "filesystem: { read: [~/.ssh] }", ["warning grants-credentials 2"]],
  ["one SSH key", "filesystem: { read: [~/.ssh/id_ed25519] }", ["warning grants-credentials 2"]],
  ["keys by a pattern", "filesystem: { read: ['~/.s*'] }", ["warning grants-credentials 2"]],
  ["all settings", "filesystem: { write: [~/.config] }", ["warning grants-autorun 2", "warning grants-credentials 2"]],
  ["a shell's start file", "filesystem: { write: [~/.bashrc] }", ["warning grants-autorun 2"]],
  ["Docker's socket", "network: { sockets: [/var/run/docker.sock] }", ["warning grants-socket 2"]],
  ["Docker's socket as a path", "filesystem: { write: [/run/docker.sock] }", ["warning grants-socket 2"]],
  ["Podman's socket", "network: { sockets: [/run/user/1000/podman/podman.sock] }", ["warning grants-socket 2"]],
  ["the session's D-Bus", "network: { sockets: [/run/user/1000/bus] }", ["warning grants-socket 2"]],
  ["the display", "filesystem: { read: [/tmp/.X11-unix] }", ["warning grants-socket 2"]],
  ["a local model's socket", "network: { sockets: [/run/llm.sock] }", []],
  ["an open network", "network: { mode: open }", ["warning network-open 2"]],
  ["rules under mode none", "network: { mode: none, allow: [a.example] }", ["warning no-effect 2"]],
  ["a whole top-level domain", "network: { allow: ['*.com'] }", ["warning wide-host 2"]],
  ["a domain of everybody", "network: { allow: ['*.github.io'] }", ["warning wide-host 2"]],
  ["a private address", "network: { allow: ['192.168.1.5:80'] }", ["warning private-host 2"]],
  ["an allowed host that is denied", "network: { allow: [a.example], deny: ['a.example'] }", ["warning no-effect 2"]],
  ["a denied host that nothing allows", "network: { allow: [a.example], deny: [b.example] }", ["warning no-effect 2"]],
  ["a denied part of a pattern", "network: { allow: ['*.a.example'], deny: [x.a.example] }", []],
  ["a secret without hosts", "secrets: { k: { from: 'env:K' } }", ["warning secret-without-hosts 2"]],
  [
    "a secret towards a host that isn't allowed",
    "secrets: { k: { from: 'env:K', hosts: [a.example] } }",
    ["warning no-effect 2"],
  ],
  [
    "a rule with an unknown secret",
    "network: { allow: [{ host: a.example, inspect: true, secret: k }] }",
    ["error unknown-secret 2"],
  ],
  ["a key in the environment", "process: { env: { pass: [GITHUB_TOKEN, TERM] } }", ["warning env-secret 2"]],
  ["all variables of a family with keys", "process: { env: { pass: ['AWS_*'] } }", ["warning env-secret 2"]],
  ["a key written down", "process: { env: { set: { API_KEY: abcdefghijkl } } }", ["warning env-secret 2"]],
  ["a protected name taken off", "workspace:\n  protect: ['!.git/hooks']", ["warning protect-removed 3"]],
  ["an emptied protect list", "workspace:\n  protect: []", ["warning protect-empty 3"]],
  ["a workspace that holds the home", "workspace: { path: /home }", ["error workspace-wide 2"]],
  ["a record within reach", "workspace: { path: /w }\naudit: { dir: /w/log }", ["error audit-writable 3"]],
  ["braces", "filesystem: { deny: ['**/*.{pem,key}'] }", ["warning literal-braces 2"]],
  ["a floating grant", "filesystem: { read: ['**/x'] }", ["warning floating-grant 2"]],
  [
    "a system-call filter within reach",
    "workspace: { path: . }\nprocess: { seccomp: ./s.json }",
    ["error seccomp-writable 3"],
  ],
] as const) {
  test(`${name}: ${expected.length === 0 ? "nothing to say" : expected.join(", ")}`, async () => {
    assert.deepEqual(await codes(text), expected);
  });
}
