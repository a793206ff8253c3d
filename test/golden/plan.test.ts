// Whole plans and explanations of made-up hosts, compared with the files beside. They change only by `npm run golden`
// (UPDATE_GOLDEN=1), and the difference is read before it is committed.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { explain, explanationText } from "../../src/plan/explain.js";
import { resolve } from "../../src/plan/resolve.js";
import { type FakeHost, fakeView, HOME_PATHS } from "../../src/plan/testing/host.js";
import { fixturePolicy, type Sections } from "../../src/plan/testing/policy.js";

interface Golden {
  readonly policy: Sections;
  readonly host: FakeHost;
  readonly command: readonly string[];
  readonly cwd?: string;
}

const NVM = "/home/ada/.nvm/versions/node/v20";
const REPOSITORY = [
  "/src/main/.git/HEAD",
  "/src/main/.git/objects/",
  "/src/main/.git/refs/",
  "/src/main/.git/config = [core]",
  "/src/main/.git/hooks/",
];

const CASES: Readonly<Record<string, Golden>> = {
  default: { policy: {}, host: { paths: HOME_PATHS }, command: ["git", "status"] },
  agent: {
    policy: {
      name: "claude-code",
      filesystem: {
        home: "persistent",
        read: ["/data/reference"],
        write: ["/data/cache"],
        deny: ["**/.env", "/data/reference/private"],
        tmp: { sizeBytes: 1048576, exec: false },
      },
      network: {
        mode: "allowlist",
        allow: [{ host: "api.example.com", ports: [80, 443], inspect: false, connect: { unix: "/run/llm.sock" } }],
        sockets: ["/run/llm.sock"],
      },
      process: { env: { pass: ["TERM", "LC_*"], set: { MODE: "agent" } }, seccomp: "strict" },
      limits: { pids: 512, files: 4096, memoryBytes: 2147483648, timeMs: 3600000 },
    },
    host: {
      paths: [
        ...HOME_PATHS,
        `${NVM}/bin/claude -> ../lib/node_modules/claude/cli.js`,
        `${NVM}/lib/node_modules/claude/cli.js = #!/usr/bin/env node|`,
        `${NVM}/bin/node`,
        "/home/ada/project/.env",
        "/data/reference/private/key",
        "/data/reference/book.txt",
        "/data/cache/",
        "/run/llm.sock socket",
      ],
      env: { PATH: `${NVM}/bin:/usr/bin:/bin`, LC_ALL: "C.UTF-8", API_KEY: "never shown" },
    },
    command: ["claude"],
  },
  "read-only-mounted": {
    policy: { workspace: { mode: "read", mount: "/work" } },
    host: { paths: HOME_PATHS },
    command: ["sh"],
    cwd: "/home/ada/project/src",
  },
  worktree: {
    policy: { workspace: { path: "/home/ada/tree" } },
    host: {
      paths: [
        ...HOME_PATHS,
        ...REPOSITORY,
        "/home/ada/tree -> /src/tree",
        "/src/tree/.git = gitdir: /src/main/.git/worktrees/tree|",
        "/src/main/.git/worktrees/tree/gitdir = /src/tree/.git|",
        "/src/main/.git/worktrees/tree/commondir = ../..|",
      ],
    },
    command: ["git", "commit"],
    cwd: "/home/ada/tree",
  },
  root: {
    policy: { workspace: { path: "/srv/project" } },
    host: {
      paths: ["/srv/project/a", "/root/.ssh/id"],
      user: { uid: 0, gid: 0, name: "root", home: "/root" },
      owners: { "/srv": 0 },
    },
    command: ["sh"],
    cwd: "/srv/project",
  },
};

/** The folder of the sources, from that of the compiled tests. */
function goldenFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "test/golden/plan.test.ts"))) return join(folder, "test/golden/plan");
    if (folder === dirname(folder)) throw new Error("the sources are not above the tests");
  }
}

function compare(file: string, text: string): void {
  const path = join(goldenFolder(), file);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, "utf8"), `${file} differs; npm run golden if it is meant`);
}

for (const [name, { policy: changes, host, command, cwd }] of Object.entries(CASES)) {
  test(`the plan and explanation of the case ${name} are as they were`, () => {
    const policy = fixturePolicy(changes);
    const result = resolve(policy, fakeView(host), { command, cwd: cwd ?? "/home/ada/project", backend: "native" });
    if (!result.ok) assert.fail(JSON.stringify(result.problems));
    const { plan, notes } = result;
    const artifact = {
      enforcement: plan.controls.map((control) => ({
        control,
        status: "enforced" as const,
        mechanism: "(by the backend)",
      })),
      unenforced: [],
    };
    compare(`${name}.json`, `${JSON.stringify({ plan, notes }, null, 2)}\n`);
    compare(`${name}.txt`, `${explanationText(explain({ plan, policy, artifact }))}\n`);
  });
}
