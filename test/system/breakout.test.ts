// `cordon breakout` as its users start it, over policies that together ask for every control: all hold, nothing is left over, and an
// attack that nothing stops is told as broken.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result, start } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const POLICIES: Readonly<Record<string, string>> = {
  walls:
    'version: 1\nname: walls\nfilesystem: { deny: ["**/.env"] }\nlimits: { memory: 512M, time: 1h, pids: 512, files: 1024, cpu: 800%, disk: 4G }\n',
  named: `version: 1
name: named
network:
  mode: allowlist
  allow: [api.example.com, { host: inspected.example.com, inspect: true }]
  limits: { requests: 600/m }
  sockets: ["~/llm.sock"]
secrets: { key: { from: "env:NO_SUCH_KEY", optional: true, hosts: [api.example.com] } }
`,
  reading: "version: 1\nname: reading\nworkspace: { mode: read }\nnetwork: { mode: open }\n",
};

interface Told {
  readonly held: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly controls: readonly {
    readonly control: string;
    readonly status: string;
    readonly attacks: readonly { readonly id: string; readonly status: string; readonly evidence: string }[];
  }[];
}

/** Checked border: the JSON is that of reportJson. */
function told(result: Result): Told {
  return JSON.parse(result.stdout) as Told;
}

function notHeld(result: Result): string {
  if (result.stdout === "") return describeResult(result);
  const attacks = told(result).controls.flatMap((control) => control.attacks);
  return JSON.stringify(
    attacks.filter(({ status }) => status !== "held" && status !== "no-baseline"),
    null,
    1,
  );
}

function breakout(stage: Stage, ...args: readonly string[]): Promise<Result> {
  return exec(cordonArgv("breakout", ...args), { identity: stage.identity, cwd: stage.workspace, timeoutMs: 240_000 });
}

function policy(stage: Stage, name: string): string {
  return stage.write(`${name}.yaml`, POLICIES[name] ?? "");
}

function leftovers(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("cordon-breakout-"));
}

/** Attacks of the network and of the workspace are what differs between the policies. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  walls: [],
  named: ["--only", "network", "--only", "secrets"],
  reading: ["--only", "network", "--only", "workspace"],
};

describe("breakout", { concurrency: 1 }, () => {
  for (const identity of identities) {
    for (const [name, only] of Object.entries(ONLY)) {
      test(`as ${identity.name}: every control of the policy ${name} holds`, async (t) => {
        const stage = makeStage(t, identity);
        const result = await breakout(stage, "-p", policy(stage, name), "--json", ...only);
        assert.equal(result.code, 0, notHeld(result));
        const report = told(result);
        assert.equal(report.held, true);
        assert.equal(report.counts["broken"], 0);
        const known = ["held", "no-baseline", "not-asked", "not-tried"];
        assert.deepEqual(
          report.controls.filter(({ status }) => !known.includes(status)),
          [],
        );
      });
    }
  }

  test("the policies ask for every control that can be asked for", async (t) => {
    const stage = makeStage(t, ordinary);
    const asked = new Set<string>();
    for (const name of Object.keys(POLICIES)) {
      const result = await breakout(stage, "-p", policy(stage, name), "--json", "--only", "identity/unprivileged");
      for (const { control, status } of told(result).controls) if (status !== "not-asked") asked.add(control);
    }
    const never = told(await breakout(stage, "--json", "--only", "identity/unprivileged")).controls.filter(
      ({ control }) => !asked.has(control),
    );
    assert.deepEqual(
      never.map(({ control }) => control),
      [],
    );
  });

  test("no sandbox at all breaks, and the report names it", async (t) => {
    const stage = makeStage(t, ordinary);
    const file = stage.path("workspace/report.xml");
    const result = await breakout(
      stage,
      "--runner",
      "/bin/sh {}",
      "--only",
      "files/home-hidden",
      "--only",
      "ipc",
      "--json",
      "--report",
      file,
    );
    assert.equal(result.code, 1, describeResult(result));
    assert.ok((told(result).counts["broken"] ?? 0) > 5);
    assert.match(readFileSync(file, "utf8"), /<failure message="it printed the planted secret/);
  });

  test("nothing stays behind, also when it is interrupted", async (t) => {
    const stage = makeStage(t, ordinary);
    const before = leftovers();
    const running = start(cordonArgv("breakout"), { identity: ordinary, cwd: stage.workspace, input: "" });
    await until("the stage is there", () => leftovers().find((name) => !before.includes(name)));
    running.child.kill("SIGINT");
    const result = await running.done;
    assert.equal(result.code, 125, describeResult(result));
    assert.deepEqual(
      leftovers().filter((name) => !before.includes(name)),
      [],
    );
  });

  test("what is asked for wrongly is refused before anything is attacked", async (t) => {
    const stage = makeStage(t, ordinary);
    for (const [args, message] of [
      [["--only", "no/such"], /there is no attack/],
      [["--report", "x.pdf"], /a report's file ends in/],
      [["--runner", "bwrap sh"], /has no \{\}/],
    ] as const) {
      const result = await breakout(stage, ...args);
      assert.equal(result.code, 125, describeResult(result));
      assert.match(result.stderr, message);
    }
  });

  test("--list and --dry-run start nothing", async (t) => {
    const stage = makeStage(t, ordinary);
    assert.match((await breakout(stage, "--list")).stdout, /^files\/home-hidden /m);
    assert.match((await breakout(stage, "--dry-run")).stdout, /^Nothing of your home/m);
    assert.deepEqual(readdirSync(stage.workspace), []);
  });
});
