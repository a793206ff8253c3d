// A policy out of the workspace counts only as the user accepted it, and a run that asks for more than this host holds is refused or says so:
// H6, H7, H16, H30.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { cordonArgv, exec, type Result } from "../support/exec.js";
import { type Identity, identities } from "../support/identity.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";

interface Found {
  readonly stage: Stage;
  /** `cordon …` in the workspace, with a state folder of the test's own. */
  readonly cordon: (...args: readonly string[]) => Promise<Result>;
  /** `cordon run` without naming a policy. */
  readonly run: () => Promise<Result>;
}

function prepared(t: Cleanup, identity: Identity): Found {
  const stage = makeStage(t, identity);
  stage.write("workspace/cordon.yaml", "version: 1\nname: own\nextends: [./team.yaml]\n");
  stage.write("workspace/team.yaml", team("first"));
  const env = { XDG_STATE_HOME: stage.makeDirectory("state") };
  const cordon = (...args: readonly string[]): Promise<Result> =>
    exec(cordonArgv(...args), { identity, cwd: stage.workspace, env });
  return { stage, cordon, run: () => cordon("run", "--", "sh", "-c", "echo ran $MARK; touch ran") };
}

function team(mark: string): string {
  return `version: 1\nprocess:\n  env:\n    set: { MARK: ${mark} }\n`;
}

for (const identity of identities) {
  describe(`policies of a workspace, as ${identity.name}`, () => {
    test("one that nobody accepted is refused", async (t) => {
      const { stage, run } = prepared(t, identity);
      const result = await run();
      assert.equal(result.code, 125, result.stderr);
      assert.match(result.stderr, /nobody has trusted this policy/);
      assert.equal(stage.exists("workspace/ran"), false);
    });

    test("an accepted one is used", async (t) => {
      const { cordon, run } = prepared(t, identity);
      assert.equal((await cordon("trust")).code, 0);
      assert.equal((await run()).stdout, "ran first\n");
    });

    for (const [what, change] of [
      ["itself is changed", (stage: Stage) => stage.write("workspace/cordon.yaml", "version: 1\nname: own\n")],
      ["extends a changed one", (stage: Stage) => stage.write("workspace/team.yaml", team("second"))],
      [
        "extends another one",
        (stage: Stage) => {
          stage.write("workspace/other.yaml", team("second"));
          stage.write("workspace/cordon.yaml", "version: 1\nname: own\nextends: [./team.yaml, ./other.yaml]\n");
        },
      ],
    ] as const) {
      test(`one that ${what} after it was accepted is refused`, async (t) => {
        const { stage, cordon, run } = prepared(t, identity);
        await cordon("trust");
        change(stage);
        const result = await run();
        assert.equal(result.code, 125, result.stderr);
        assert.match(result.stderr, /changed since you trusted it/);
        assert.equal(stage.exists("workspace/ran"), false);
      });
    }

    test("the command inside can't accept one, nor change an accepted one for the next run", async (t) => {
      const { stage, cordon, run } = prepared(t, identity);
      await cordon("trust");
      const script = `echo 'version: 1' > cordon.yaml; mv team.yaml x; ${process.execPath} ${cordonArgv()[1]} trust; mkdir -p ${stage.path("state/cordon/trust")} && echo made`;
      await cordon("run", "--", "sh", "-c", script);
      assert.match(readFileSync(stage.path("workspace/cordon.yaml"), "utf8"), /name: own/);
      // The files of the policy in use are protected, whatever their names.
      assert.equal(readFileSync(stage.path("workspace/team.yaml"), "utf8"), team("first"));
      assert.equal((await run()).stdout, "ran first\n");
    });

    test("a promise that can't be held is refused, and named when that is allowed", async (t) => {
      const stage = makeStage(t, identity);
      const flags = ["--set", "process.nested=true"];
      const refused = await stage.inside(["touch", "ran"], { flags, refused: true });
      assert.match(refused.stderr, /can't be enforced here: workspace\.protected-names/);
      assert.equal(stage.exists("workspace/ran"), false);
      const events = stage.path("events");
      const allowed = await stage.inside(["true"], { flags: [...flags, "--allow-degraded", "--events", events] });
      assert.match(allowed.stderr, /workspace\.protected-names is not enforced/);
      const [first = ""] = readFileSync(events, "utf8").split("\n");
      assert.match(first, /\{"control":"workspace\.protected-names","status":"degraded"/);
    });

    test("a socket through which the host could be had is granted only with a warning", async (t) => {
      const stage = makeStage(t, identity);
      const server = createServer();
      const socket = stage.path("docker.sock");
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      t.after(() => void server.close());
      const result = await stage.inside(["true"], { flags: ["--set", `network.sockets=["${socket}"]`] });
      assert.match(result.stderr, /docker\.sock is granted by network\.sockets\.0: .*owns the host/);
      assert.equal((await stage.inside(["test", "-e", socket])).code, 1, "without being named it isn't there");
    });

    test("an empty list of hosts allows none", async (t) => {
      const server = createServer((connection) => connection.end("reached"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      t.after(() => void server.close());
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const script = `import socket; print(socket.create_connection(("127.0.0.1", ${port})).recv(9).decode())`;
      const stage = makeStage(t, identity);
      assert.equal((await stage.outside(["python3", "-c", script])).stdout, "reached\n");
      for (const setting of ["network.allow=[]", "network.mode=allowlist"]) {
        const result = await stage.inside(
          ["sh", "-c", `python3 -c '${script}'; ls /sys/class/net /proc/net/dev; cat /proc/net/dev`],
          {
            flags: ["--set", setting],
          },
        );
        assert.doesNotMatch(result.stdout, /reached/);
        assert.match(result.stdout, /lo:/);
        assert.doesNotMatch(result.stdout, /^\s*(?!lo:)\w+:\s+\d/m, "no interface but the loopback");
      }
    });
  });
}
