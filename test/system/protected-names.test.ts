// Protected names hold at any depth, there or not, whatever system call is used: H1, H2, H37. Each way is first shown to work
// where nothing forbids it; what happened is judged by looking at the files from outside after each step.

import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import type { Running } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const PROGRAM = compile({ after }, "names");
const ORIGINAL = "as it was\n";
const NAMES = [
  ".git/hooks/pre-commit",
  ".git/config",
  ".envrc",
  ".vscode/tasks.json",
  ".mcp.json",
  ".claude/settings.json",
];
const DEPTHS = [0, 1, 5];

type Presence = "absent" | "present" | "parent-present";

interface Step {
  readonly method: string;
  readonly answer: string;
  readonly changed: boolean;
  /** What is under the name afterwards. */
  readonly state: string;
}

/** What a person outside finds under a name: enough to see any change that matters. */
function stateOf(path: string): string {
  try {
    const status = lstatSync(path);
    // Only a regular file is read: a FIFO would block the judge.
    const content = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, "utf8") : "";
    return `${content} ${(status.mode & 0o7777).toString(8)} ${status.mode >> 12}`;
  } catch {
    return "absent";
  }
}

function prepare(base: string, name: string, presence: Presence, stage: Stage): void {
  const first = name.split("/")[0] ?? name;
  rmSync(join(base, first), { recursive: true, force: true });
  if (presence === "absent") return;
  const target = join(base, name);
  mkdirSync(dirname(target), { recursive: true });
  if (presence === "present") writeFileSync(target, ORIGINAL, { mode: 0o644 });
  stage.own(base);
}

/** Lets the program do one method after the other; after each one the files are looked at, and put back if they changed. */
async function attack(
  launch: () => Running,
  base: string,
  name: string,
  presence: Presence,
  stage: Stage,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const target = join(base, name);
  const before = stateOf(target);
  const running = launch();
  let ended = false;
  void running.done.then(() => {
    ended = true;
  });
  for (;;) {
    const line = await until(
      "the next step of the attack",
      () => running.output().split("\n").slice(0, -1)[steps.length] ?? ended,
      30_000,
    );
    if (typeof line !== "string") return steps;
    const [method = "", ...answer] = line.split(" ");
    const state = stateOf(target);
    const changed = state !== before;
    steps.push({ method, answer: answer.join(" "), changed, state });
    if (changed) prepare(base, name, presence, stage);
    running.child.stdin?.write("\n");
  }
}

function makeBase(stage: Stage, depth: number): string {
  return stage.makeDirectory(["workspace", ...Array.from({ length: depth }, (_, index) => `level${index}`)].join("/"));
}

for (const identity of identities) {
  describe(`protected names, as ${identity.name}`, () => {
    for (const presence of ["absent", "parent-present", "present"] as const) {
      const when = presence === "present" ? "present" : "absent";
      test(`every way of attacking works outside: ${presence}`, async (t) => {
        const stage = makeStage(t, identity);
        const name = ".git/hooks/pre-commit";
        prepare(stage.workspace, name, presence, stage);
        const launch = (): Running => stage.startOutside([PROGRAM, when, stage.workspace, name]);
        const steps = await attack(launch, stage.workspace, name, presence, stage);
        assert.ok(steps.length >= 24, `too few steps: ${JSON.stringify(steps)}`);
        const failed = steps.filter((step) => !step.changed);
        assert.deepEqual(failed, [], "a way that doesn't work outside proves nothing");
      });

      for (const name of NAMES.filter((each) => presence !== "parent-present" || each.includes("/"))) {
        for (const depth of DEPTHS) {
          test(`${name}, ${presence}, at depth ${depth}, stays as it is`, async (t) => {
            const stage = makeStage(t, identity);
            const base = makeBase(stage, depth);
            prepare(base, name, presence, stage);
            const program = bring(stage, PROGRAM);
            const steps = await attack(
              () => stage.startInside([program, when, base, name]),
              base,
              name,
              presence,
              stage,
            );
            assert.ok(steps.length >= 24, `the attack didn't run: ${JSON.stringify(steps)}`);
            assert.deepEqual(
              steps.filter((step) => step.changed),
              [],
            );
          });
        }
      }
    }

    test("ordinary files beside protected names are written as ever", async (t) => {
      const stage = makeStage(t, identity);
      const lines = [
        "mkdir -p a/b/c",
        "echo x > a/b/c/file",
        "echo x > .gitignore",
        "mkdir .github",
        "echo y >> a/b/c/file",
        "mv a d",
        // By the name of an open folder, as programs do that want no link on their way.
        "exec 9< d; mkdir /proc/self/fd/9/own; echo z > /dev/fd/9/own/file; mv /proc/self/fd/9/own/file d/moved",
      ];
      const result = await stage.inside([
        "sh",
        "-ec",
        [...lines, "ln d/b/c/file hard", "ln -s d soft", "rm hard"].join("; "),
      ]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(readFileSync(stage.path("workspace/d/b/c/file"), "utf8"), "x\ny\n");
      assert.equal(readFileSync(stage.path("workspace/d/moved"), "utf8"), "z\n");
      assert.equal(readFileSync(stage.path("workspace/soft/b/c/file"), "utf8"), "x\ny\n");
      assert.ok(
        stage.exists("workspace/.github") && stage.exists("workspace/.gitignore") && !stage.exists("workspace/hard"),
      );
    });
  });
}
