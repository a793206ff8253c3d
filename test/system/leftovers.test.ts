// Nothing is left in the user's tree, nothing lives on, whatever kills what: H36, H40. Two runs may share a folder.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { identities } from "../support/identity.js";
import { allProcesses, familyOf, type Process, survivors, withMark } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

/** Every path of a tree. */
function listing(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function prepare(stage: Stage): void {
  stage.write("workspace/.git/config", "[core]\n");
  stage.write("workspace/deep/er/file", "x");
  stage.write("workspace/.env", "SECRET=1\n");
  stage.write("workspace/program.sh", "#!/bin/sh\necho ready; (setsid sleep 4242 &) ; sleep 4242\n", 0o755);
}

const FLAGS = ["--deny", "**/.env", "--deny", "**/*.pem"];

async function running(stage: Stage): Promise<{ readonly pid: number; readonly family: readonly Process[] }> {
  const run = stage.startInside(["sh", "-c", "(setsid setsid sleep 4242 &); echo ready; sleep 4242"], { flags: FLAGS });
  await until("the command inside runs", () => run.output().includes("ready"));
  const family = await until("its processes", () => {
    const members = familyOf(run.pid);
    return members.filter((member) => member.name === "sleep").length >= 2 ? members : undefined;
  });
  return { pid: run.pid, family };
}

for (const identity of identities) {
  describe(`leftovers, as ${identity.name}`, () => {
    for (const victim of ["supervisor", "everything"] as const) {
      test(`kill -9 of ${victim}: nothing lives a second later, nothing lies about`, async (t) => {
        const stage = makeStage(t, identity);
        prepare(stage);
        const before = listing(stage.root);
        const { pid, family } = await running(stage);
        assert.ok(family.length >= 4, JSON.stringify(family));
        const started = performance.now();
        if (victim === "supervisor") process.kill(pid, "SIGKILL");
        else for (const member of family) killIfThere(member.pid);
        await until("all are gone", () => survivors(family).length === 0, 1000).catch(() => undefined);
        assert.deepEqual(survivors(family), [], `after ${performance.now() - started} ms`);
        assert.deepEqual(listing(stage.root), before);
      });
    }

    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      test(`${name} to the supervisor ends everything`, async (t) => {
        const stage = makeStage(t, identity);
        prepare(stage);
        const { pid, family } = await running(stage);
        process.kill(pid, name);
        await until("all are gone", () => survivors(family).length === 0, 5000);
      });
    }

    test("each process of the sandbox may die first", async (t) => {
      const stage = makeStage(t, identity);
      prepare(stage);
      const count = (await running(stage)).family.length;
      for (let index = 1; index < count; index++) {
        const { family } = await running(stage);
        const victim = family[index];
        if (victim === undefined || victim.name === "sleep" || victim.name === "sh") continue;
        process.kill(victim.pid, "SIGKILL");
        await until(`all are gone after ${victim.name} died`, () => survivors(family).length === 0, 2000);
      }
    });

    test("an ordinary end leaves the tree as the command left it", async (t) => {
      const stage = makeStage(t, identity);
      prepare(stage);
      const before = listing(stage.root);
      const result = await stage.inside(["sh", "-c", "echo x > new; ls -a deep >/dev/null; cat .env"], {
        flags: FLAGS,
      });
      assert.ok(!result.stdout.includes("SECRET"));
      assert.deepEqual(listing(stage.root), [...before, stage.path("workspace/new")].sort());
    });

    test("a background process doesn't outlive the command", async (t) => {
      const stage = makeStage(t, identity);
      const mark = `4${process.pid}1`;
      const result = await stage.inside(["sh", "-c", `setsid sleep ${mark} >/dev/null 2>&1 & echo begun`]);
      assert.equal(result.stdout, "begun\n", result.stderr);
      await until("it is gone", () => withMark(mark).length === 0, 1000);
    });

    test("two runs in one folder don't disturb each other", async (t) => {
      const stage = makeStage(t, identity);
      prepare(stage);
      const before = listing(stage.root);
      const first = await running(stage);
      const second = await running(stage);
      process.kill(first.pid, "SIGKILL");
      await until("the first is gone", () => survivors(first.family).length === 0, 1000);
      assert.equal(survivors(second.family).length, second.family.length, "the second lives");
      const third = await stage.inside(["sh", "-c", "mkdir -p .git/hooks; cat .env; echo evil > .envrc; true"], {
        flags: FLAGS,
      });
      assert.ok(!third.stdout.includes("SECRET"));
      process.kill(second.pid, "SIGKILL");
      await until("the second is gone", () => survivors(second.family).length === 0, 1000);
      assert.deepEqual(listing(stage.root), before);
    });

    test("orphans are collected inside", async (t) => {
      const stage = makeStage(t, identity);
      const script = "for i in $(seq 40); do (sh -c 'true &'); done; sleep 0.2; cat /proc/[0-9]*/stat | grep -c ' Z '";
      const result = await stage.inside(["sh", "-c", script]);
      assert.equal(result.stdout, "0\n", `${result.stderr} of ${allProcesses().length}`);
    });
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // died with one of the others
  }
}
