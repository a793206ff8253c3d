// What each backend that is another program's would be started with, for made-up hosts: whole command lines and op lists, compared with the
// files beside. They change only by `npm run golden`, and the difference is read before it is committed.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fullTable } from "../../src/backends/assemble.js";
import { wallOf } from "../../src/backends/common/launch.js";
import { formatOp } from "../../src/backends/common/listing.js";
import { backendNames, loadBackend } from "../../src/backends/registry.js";
import { formatArgv } from "../../src/core/argv.js";
import { fakeView } from "../../src/plan/testing/host.js";
import { type Case, planOf } from "../../src/plan/testing/plans.js";
import type { Artifact, Backend } from "../../src/plan/types.js";

const CASES: Readonly<Record<string, Case>> = {
  default: { request: { command: ["git", "status"] } },
  agent: {
    policy: {
      filesystem: { write: ["/data/cache"], deny: ["**/.env"], tmp: { sizeBytes: 1048576, exec: false } },
      network: {
        mode: "allowlist",
        allow: [{ host: "api.example.com", ports: [443], inspect: true }],
        sockets: ["/run/llm.sock"],
      },
      limits: { pids: 512, memoryBytes: 2147483648, diskBytes: 4294967296 },
    },
    host: { paths: ["/run/llm.sock socket", "/home/ada/project/.env", "/data/cache/"] },
  },
};

function goldenFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "test/golden/launch.test.ts"))) return join(folder, "test/golden/launch");
    if (folder === dirname(folder)) throw new Error("the sources are not above the tests");
  }
}

function artifactOf(backend: Backend, given: Case): Artifact {
  const { plan } = planOf(given);
  const { facts } = fakeView({ paths: [], ...given.host });
  const walls = backend.tool === undefined ? {} : { walls: { [backend.tool]: { path: `/usr/bin/${backend.tool}` } } };
  return backend.assemble(plan, { ...facts, ...walls });
}

/** The wall's words with one option and its values on each line. */
function launchText(artifact: Artifact): string {
  const wall = formatArgv(wallOf(artifact)).replaceAll(/ (?=--)/g, " \\\n  ");
  const ops = artifact.main.ops.filter(({ op }) => op !== "wall" && op !== "env").map((op) => formatOp(op));
  const table = fullTable(artifact).map(({ control, status, mechanism }) => `${control} ${status}: ${mechanism}`);
  return `${[wall, "", ...ops, "", ...table].join("\n")}\n`;
}

for (const name of backendNames().filter((each) => each !== "native")) {
  for (const [title, given] of Object.entries(CASES)) {
    test(`the launch of ${name} in the case ${title} is as it was`, async () => {
      const backend = await loadBackend(name);
      const artifact = artifactOf(backend, given);
      assert.equal(artifact.obstacle, undefined);
      const path = join(goldenFolder(), `${name}-${title}.txt`);
      const text = launchText(artifact);
      if (process.env["UPDATE_GOLDEN"] === "1") {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      assert.equal(text, readFileSync(path, "utf8"), `${path} differs; npm run golden if it is meant`);
    });
  }
}

test("a wall isn't started by root, nor without its program", async () => {
  for (const name of backendNames().filter((each) => each !== "native")) {
    const backend = await loadBackend(name);
    const { plan } = planOf({});
    const { facts } = fakeView({ paths: [] });
    assert.match(backend.assemble(plan, facts).obstacle?.reason ?? "", /isn't installed$/);
    const root = backend.assemble(plan, { ...facts, user: { ...facts.user, uid: 0 } });
    assert.match(root.obstacle?.reason ?? "", /doesn't run for root$/);
  }
});
