import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolve } from "./resolve.js";
import { fakeView, HOME_PATHS } from "./testing/host.js";
import { fixturePolicy, type Sections } from "./testing/policy.js";
import type { Plan } from "./types.js";
import { type Answer, answerText, type WhyRequest, why } from "./why.js";

const WORKSPACE = "/home/ada/project";
const PATHS = [
  ...HOME_PATHS,
  `${WORKSPACE}/.env`,
  `${WORKSPACE}/link -> /home/ada/notes.txt`,
  `${WORKSPACE}/secret-link -> .env`,
  `${WORKSPACE}/hooks-link -> .git/hooks`,
  "/run/llm.sock socket",
  "/data/ref/a.txt",
  "/home/ada/data -> /data",
];
const POLICY: Sections = {
  filesystem: { deny: ["**/.env"], read: ["/data/ref"] },
  network: {
    mode: "allowlist",
    allow: [{ host: "model.test", ports: [443], inspect: false, connect: { unix: "/run/llm.sock" } }],
    deny: [{ host: "*.evil.test", ports: [] }],
  },
  process: { env: { pass: ["TERM", "LC_*", "NOT_SET"], set: { MODE: "x" } } },
};
const LINES = {
  "filesystem.deny.0": 7,
  "filesystem.read.0": 9,
  "network.allow.0": 12,
  "network.deny.0": 14,
  "process.env.pass.0": 20,
  "workspace.protect.0": 3,
};

/** A small stand-in: the real one is tested beside its source, and both together by the system tests. */
function judgeOf({ network }: Plan): WhyRequest["judge"] {
  return ({ host, port }) => {
    const deny = network.deny.find((rule) => host.endsWith(rule.host.slice(1)));
    if (deny !== undefined) return { allowed: false, reason: `${host} is denied`, origin: deny.origin };
    const rule = network.rules.find((each) => each.host === host);
    if (rule?.ports.includes(port) === true) return { ...rule, allowed: true };
    return { allowed: false, reason: "no rule", ...(rule === undefined ? {} : { origin: rule.origin }) };
  };
}

function ask(question: string, changes: Sections = {}): Answer {
  const policy = fixturePolicy({ ...POLICY, ...changes }, LINES);
  const view = fakeView({ paths: PATHS, env: { LC_ALL: "C", API_KEY: "k" } });
  const result = resolve(policy, view, { command: [], cwd: WORKSPACE, backend: "native" });
  if (!result.ok) assert.fail(JSON.stringify(result.problems));
  return why(
    {
      plan: result.plan,
      policy,
      view,
      cwd: WORKSPACE,
      enforcement: [{ control: "files.deny", status: "enforced", mechanism: "empty mounts" }],
      judge: judgeOf(result.plan),
    },
    question,
  );
}

function expectAnswer(question: string, expected: Partial<Answer>, changes?: Sections): void {
  const answer = ask(question, changes);
  for (const [key, value] of Object.entries(expected))
    assert.deepEqual(
      Object.entries(answer).find(([name]) => name === key)?.[1],
      value,
      `${question}: ${key}: ${answerText(answer)}`,
    );
}

describe("why PATH", () => {
  test("a denied file is hidden by the line that denies it, held by its mechanism", () => {
    expectAnswer(".env", { allowed: false, access: "none", control: "files.deny", mechanism: "empty mounts" });
    assert.equal(ask(`${WORKSPACE}/.env`).place?.line, 7);
  });
  test("a link to a denied file is answered for the file", () =>
    expectAnswer("./secret-link", { allowed: false, access: "none", inside: `${WORKSPACE}/.env` }));
  test("a link to what isn't shown leads nowhere", () =>
    expectAnswer("./link", { allowed: false, access: "private", control: "files.home-hidden" }));
  test("an absent denied name can't be made", () =>
    expectAnswer("./deep/er/.env", { allowed: false, access: "none", control: "files.deny" }));
  test("a protected file can be read only", () => {
    expectAnswer("./.git/hooks/pre-commit", {
      allowed: true,
      access: "read",
      control: "workspace.protected-names",
      origin: "workspace.protect.0",
    });
  });
  test("an absent protected name can't be made, in any case", () => {
    expectAnswer("./a/b/.git/hooks", { allowed: false, access: "none", control: "workspace.protected-names" });
    expectAnswer("./a/b/.GIT/hooks", { allowed: false, access: "none", control: "workspace.protected-names" });
  });
  test("a link to a protected folder doesn't lead around it", () => {
    expectAnswer("./hooks-link/new", { allowed: false, access: "none", control: "workspace.protected-names" });
  });
  test("a file of the workspace can be changed, a new one made", () => {
    expectAnswer("README.md", { allowed: true, access: "write", origin: "workspace" });
    expectAnswer("./new/file", { allowed: true, access: "write" });
  });
  test("in a read-only workspace nothing can be changed", () => {
    expectAnswer(
      "README.md",
      { allowed: true, access: "read", control: "workspace.read-only" },
      { workspace: { mode: "read" } },
    );
    expectAnswer(
      "./new/file",
      { allowed: false, access: "none", control: "workspace.read-only" },
      { workspace: { mode: "read" } },
    );
  });
  test("the home is hidden", () => {
    expectAnswer("~/.ssh/id_ed25519", { allowed: false, access: "private", control: "files.home-hidden" });
    expectAnswer("~", { allowed: false, access: "private" });
  });
  test("a granted folder is answered by its line, also by a name through a link", () => {
    expectAnswer("/data/ref/a.txt", { allowed: true, access: "read", origin: "filesystem.read.0" });
    expectAnswer("~/data/ref/a.txt", { allowed: true, access: "read", inside: "/data/ref/a.txt" });
    assert.equal(ask("/data/ref/a.txt").place?.line, 9);
  });
  test("what nothing grants isn't there", () => {
    expectAnswer("/data/other", { allowed: false, access: "none", control: "files.named-only" });
    expectAnswer("/etc/shadow", { allowed: false, access: "none", control: "files.named-only" });
    expectAnswer("/etc/ssl/private/key.pem", { allowed: false, access: "none" });
  });
  test("the system can be read, through its own links too", () => {
    expectAnswer("/bin/sh", {
      allowed: true,
      access: "read",
      control: "files.system-read-only",
      inside: "/usr/bin/sh",
    });
    expectAnswer("/etc/localtime", { allowed: true, access: "read", inside: "/usr/share/zoneinfo/Etc/UTC" });
    expectAnswer("/usr/bin/new", { allowed: false, access: "none" });
  });
  test("what the sandbox has of its own isn't the host's", () => {
    expectAnswer("/etc/passwd", { allowed: true, access: "private" });
    expectAnswer("/proc/1/environ", { allowed: false, access: "private", control: "proc.masked" });
    expectAnswer("/tmp/x", { allowed: false, access: "private", control: "files.tmp-private" });
  });
  test("a workspace mounted elsewhere is answered for that place", () => {
    expectAnswer(
      "README.md",
      { allowed: true, access: "write", inside: "/work/README.md" },
      { workspace: { mount: "/work" } },
    );
  });
});

describe("why HOST", () => {
  test("a host with a socket can be reached on its ports", () => {
    expectAnswer("model.test", { allowed: true, access: "connect", origin: "network.allow.0" });
    expectAnswer("https://model.test/v1", { allowed: true, kind: "host" });
    expectAnswer("model.test:80", { allowed: false, origin: "network.allow.0" });
  });
  test("a denied host names the deny rule", () =>
    expectAnswer("a.evil.test", { allowed: false, origin: "network.deny.0" }));
  test("any other host isn't allowed by anything", () => {
    expectAnswer("example.com:443", { allowed: false, control: "network.allowlist" });
    expectAnswer("evil.test", { allowed: false, kind: "host" });
    assert.equal(ask("example.com").origin, undefined);
  });
  test("without a network nothing can be reached", () =>
    expectAnswer("model.test", { allowed: false, control: "network.none" }, { network: { mode: "none" } }));
});

describe("why env", () => {
  test("a named variable is handed on", () =>
    expectAnswer("env TERM", { allowed: true, access: "read", origin: "process.env.pass.0" }));
  test("a set one is the policy's", () => expectAnswer("env MODE", { allowed: true, origin: "process.env.set.MODE" }));
  test("any other isn't", () =>
    expectAnswer("env API_KEY", { allowed: false, access: "none", control: "process.environment-clean" }));
  test("HOME is Cordon's", () => expectAnswer("env HOME", { allowed: true, access: "private" }));
});

test("the text begins with yes or no and names the line", () => {
  const text = answerText(ask("/data/ref/a.txt"));
  assert.match(text, /^yes: it can be read, not changed\n/);
  assert.match(text, /by: filesystem\.read\.0 in \/home\/ada\/project\/cordon\.yaml:9:3/);
});
