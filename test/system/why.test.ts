// What `cordon why` answers is what the kernel does: each path is asked about, then read and written in a sandbox of the same policy (H14).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, exec } from "../support/exec.js";
import { type Identity, identities } from "../support/identity.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";

/** There before the run, each with a content of its own. */
const THERE = [
  ...[
    "workspace/file",
    "workspace/.git/config",
    "workspace/.git/hooks/pre-commit",
    "workspace/sub/.envrc",
    "workspace/sub/.env",
  ],
  ...[
    "workspace/closed/file",
    "read/file",
    "read/.env",
    "read/inner/file",
    "write/file",
    "write/.env",
    "other/file",
    "write/closed/x",
  ],
  ...["read/inner/.envrc", "workspace/private.key"],
];
const ABSENT = [
  ...[
    "workspace/new",
    "workspace/.envrc",
    "workspace/.git/hooks/post-commit",
    "workspace/deep/.vscode/tasks.json",
    "workspace/.env",
  ],
  ...["read/new", "write/new", "write/sub/.env", "other/new", "read/inner/new"],
];

const AT_ONCE = 6;

interface Answer {
  readonly allowed: boolean;
  readonly access: string;
}

interface Scene {
  readonly stage: Stage;
  readonly flags: readonly string[];
  readonly contentOf: (path: string) => string;
}

function prepared(t: Cleanup, identity: Identity): Scene {
  const stage = makeStage(t, identity);
  const contentOf = (path: string): string => `${stage.secret} in ${path}\n`;
  for (const path of THERE) stage.write(path, contentOf(path));
  for (const folder of ["workspace/deep/.vscode", "write/sub"]) stage.makeDirectory(folder);
  const grants = ["--read", stage.path("read"), "--write", stage.path("write"), "--write", stage.path("read/inner")];
  const denied = [
    "--deny",
    "**/.env",
    "--deny",
    stage.path("workspace/closed"),
    "--deny",
    stage.path("write/closed"),
    "--deny",
    "**/*.key",
  ];
  return { stage, flags: [...grants, ...denied], contentOf };
}

async function ask({ stage, flags }: Scene, path: string): Promise<Answer> {
  const argv = cordonArgv(
    "why",
    "--json",
    "-p",
    stage.path("policy.yaml"),
    "-w",
    stage.workspace,
    ...flags,
    stage.path(path),
  );
  const result = await exec(argv, { identity: stage.identity, cwd: stage.workspace });
  // Checked border: the command's own answer, whose members the test is about.
  const answer = JSON.parse(result.stdout) as Answer;
  assert.equal(result.code, answer.allowed ? 0 : 1, result.stderr);
  return answer;
}

for (const identity of identities) {
  test(`cordon why says what is so, as ${identity.name}`, async (t) => {
    const scene = prepared(t, identity);
    const { stage, flags, contentOf } = scene;
    const paths = [...THERE, ...ABSENT];
    const answers = new Map<string, Answer>();
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const some = paths.slice(at, at + AT_ONCE);
      await Promise.all(some.map(async (path) => answers.set(path, await ask(scene, path))));
    }
    const script =
      'for path; do echo "== $path"; cat "$path"; printf "written\\n" >> "$path"; done 2>/dev/null; echo end';
    const result = await stage.inside(["sh", "-c", script, "sh", ...paths.map((path) => stage.path(path))], { flags });
    assert.match(result.stdout, /end\n$/, result.stderr);
    const differences = paths.flatMap((path) => {
      const answer = answers.get(path);
      const before = THERE.includes(path) ? contentOf(path) : "";
      const now = stage.exists(path) ? readFileSync(stage.path(path), "utf8") : "";
      const seen = before !== "" && result.stdout.includes(before);
      const access = now !== before ? "write" : seen ? "read" : "none";
      const said = answer?.allowed === true ? answer.access : "none";
      // What isn't there can't be read either.
      return access === said || (before === "" && said === "read" && access === "none")
        ? []
        : [`${path}: ${said}, but ${access}`];
    });
    assert.deepEqual(differences, []);
    const kinds = new Set([...answers.values()].map(({ access }) => access));
    assert.ok(kinds.has("write") && kinds.has("read") && kinds.has("none"), "the paths are of all kinds");
  });
}

describe("what outside shows of these paths", () => {
  for (const identity of identities) {
    test(`all of them could be written, as ${identity.name}`, async (t) => {
      const { stage } = prepared(t, identity);
      const paths = [...THERE, ...ABSENT].map((path) => stage.path(path));
      const script = 'for path; do cat "$path" 2>/dev/null; printf "written\\n" >> "$path" || exit 1; done';
      const result = await stage.outside(["sh", "-c", script, "sh", ...paths]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout.split(stage.secret).length, THERE.length + 1);
    });
  }
});
