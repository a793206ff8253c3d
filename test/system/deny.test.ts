// A denied name is hidden, can't be made inside, and is masked within a second when it appears from outside: H1, H11.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { describe, test } from "node:test";
import { identities } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const FLAGS = ["--deny", "**/.env", "--deny", "**/*.pem", "--deny", "**/private"];

for (const identity of identities) {
  describe(`denied names, as ${identity.name}`, () => {
    test("are hidden at any depth, also under another name", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/.env", stage.secret);
      stage.write("workspace/a/b/c/d/e/key.pem", stage.secret);
      stage.write("workspace/private/deep/file", stage.secret);
      stage.write("workspace/shown", "shown");
      await stage.outside(["ln", "-s", "a/b/c/d/e/key.pem", "harmless"]);
      const look = [
        "sh",
        "-c",
        "cat .env harmless a/b/c/d/e/key.pem private/deep/file shown; grep -r secret- .; ls private",
      ];
      assert.ok((await stage.outside(look)).stdout.includes(stage.secret));
      const inside = await stage.inside(look, { flags: FLAGS });
      assert.ok(inside.stdout.includes("shown"), inside.stderr);
      assert.ok(!inside.stdout.includes(stage.secret));
      assert.ok(!inside.stdout.includes("deep"));
    });

    test("a hard link to a denied file isn't a way in", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/.env", stage.secret);
      const script = "ln .env other; cat other; mv .env moved; cat moved; cp .env copied; cat copied; rm .env";
      assert.ok((await stage.outside(["sh", "-c", script])).stdout.includes(stage.secret));
      const fresh = makeStage(t, identity);
      fresh.write("workspace/.env", fresh.secret);
      assert.ok(!(await fresh.inside(["sh", "-c", script], { flags: FLAGS })).stdout.includes(fresh.secret));
      assert.equal(readFileSync(fresh.path("workspace/.env"), "utf8"), fresh.secret);
    });

    test("a folder around a denied file can't be moved to lose its mask", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("workspace/app/conf/.env", stage.secret);
      const script =
        "mv app other; cat other/conf/.env; mv app/conf conf; cat conf/.env; cat app/conf/.env; cp -r app copy; cat copy/conf/.env";
      const result = await stage.inside(["sh", "-c", script], { flags: FLAGS });
      assert.ok(!result.stdout.includes(stage.secret));
    });

    test("can't be made", async (t) => {
      const stage = makeStage(t, identity);
      const tries = [
        "echo x > .env",
        "mkdir private",
        "echo x > t; mv t k.pem",
        "ln t a/.env",
        "ln -s t .env",
        "mkfifo z.pem",
        "mkdir -p q/private",
        "cp t q/.env",
      ];
      const result = await stage.inside(
        ["sh", "-c", `mkdir a; ${tries.map((line) => `(${line})`).join("; ")}; echo end`],
        { flags: FLAGS },
      );
      assert.match(result.stdout, /end/);
      const found = await stage.outside([
        "find",
        ".",
        "-name",
        ".env",
        "-o",
        "-name",
        "*.pem",
        "-o",
        "-name",
        "private",
      ]);
      assert.equal(found.stdout, "");
    });

    for (const how of ["written", "moved into place", "in a new folder", "in a moved folder"] as const) {
      test(`one that appears from outside is masked within a second: ${how}`, async (t) => {
        const stage = makeStage(t, identity);
        const target = how === "written" || how === "moved into place" ? "workspace/.env" : "workspace/new/folder/.env";
        stage.write("prepared/.env", stage.secret);
        stage.makeDirectory("prepared/new/folder");
        const script = `echo ready; while [ ! -e go ]; do sleep 0.02; done; cat ${stage.path(target)} new/folder/.env; echo end`;
        const run = stage.startInside(["sh", "-c", script], { flags: [...FLAGS, "--events", stage.path("events")] });
        await until("the command inside runs", () => run.output().includes("ready"));
        if (how === "written") stage.write(target, stage.secret);
        else if (how === "moved into place") renameSync(stage.path("prepared/.env"), stage.path(target));
        else if (how === "in a new folder") stage.write(target, stage.secret);
        else {
          stage.write("prepared/new/folder/.env", stage.secret);
          mkdirSync(stage.path("workspace"), { recursive: true });
          renameSync(stage.path("prepared/new"), stage.path("workspace/new"));
        }
        const event = await until(
          "the event about it",
          () =>
            stage.exists("events") &&
            readFileSync(stage.path("events"), "utf8")
              .split("\n")
              .find((line) => line.includes("file.protected")),
          1000,
        );
        assert.ok(event.includes("masked"), event);
        stage.write("workspace/go", "");
        const result = await run.done;
        assert.match(result.stdout, /end/);
        assert.ok(!result.stdout.includes(stage.secret));
        assert.equal(readFileSync(stage.path(target), "utf8"), stage.secret, "the host's file is as it was");
      });
    }

    test("one that an editor replaces while the command runs is masked again within a second, each time", async (t) => {
      const stage = makeStage(t, identity);
      const target = stage.write("workspace/.env", stage.secret);
      const events = stage.path("events");
      const script = "echo ready; while [ ! -e go ]; do sleep 0.02; done; cat .env; echo end";
      const run = stage.startInside(["sh", "-c", script], { flags: [...FLAGS, "--events", events] });
      await until("the command inside runs", () => run.output().includes("ready"));
      for (const round of [1, 2, 3]) {
        renameSync(stage.write("prepared/.env", stage.secret), target);
        const seen = (): number => readFileSync(events, "utf8").split("file.protected").length - 1;
        await until(`the event about it, ${round}`, () => stage.exists("events") && seen() >= round, 1000);
      }
      stage.write("workspace/go", "");
      const result = await run.done;
      assert.match(result.stdout, /end/, result.stderr);
      assert.ok(!result.stdout.includes(stage.secret));
      assert.equal(readFileSync(target, "utf8"), stage.secret, "the host's file is as it was");
    });

    test("a denied path wins over a grant, whatever the order", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("data/open", "open");
      stage.write("data/closed/file", stage.secret);
      const orders = [
        ["--deny", stage.path("data/closed"), "--read", stage.path("data"), "--read", stage.path("data/closed")],
        ["--read", stage.path("data/closed"), "--write", stage.path("data"), "--deny", stage.path("data/closed")],
      ];
      for (const flags of orders) {
        const result = await stage.inside(
          ["sh", "-c", `cat ${stage.path("data/open")} ${stage.path("data/closed/file")}`],
          { flags },
        );
        assert.ok(result.stdout.startsWith("open"), result.stderr);
        assert.ok(!result.stdout.includes(stage.secret));
      }
    });
  });
}
