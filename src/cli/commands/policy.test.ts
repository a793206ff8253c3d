import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CordonError } from "../../core/error.js";
import type { Invocation } from "../command.js";
import { run as check } from "./check.js";
import { run as init } from "./init.js";
import { run as profile } from "./profile.js";
import { run as trust } from "./trust.js";

type Run = (invocation: Invocation) => Promise<number>;

async function setting(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), "cordon-cli-"));
  context.after(() => rm(home, { recursive: true }));
  const cwd = join(home, "project");
  await mkdir(cwd);
  const call = async (run: Run, positionals: readonly string[] = [], more: Partial<Invocation> = {}) => {
    const printed: string[] = [];
    const noted: string[] = [];
    const out = {
      print: (text: string) => printed.push(text),
      note: (text: string) => noted.push(text),
      colour: false,
      interactive: false,
    };
    const status = await run({ options: {}, positionals, order: [], env: { HOME: home }, cwd, out, ...more });
    return { status, printed: printed.join("\n"), noted: noted.join("\n") };
  };
  return { home, cwd, call };
}

const refused = (code: string) => (error: unknown) => error instanceof CordonError && error.code === code;

test("check names each problem with file, line and column and gives 125", async (context) => {
  const { cwd, call } = await setting(context);
  await writeFile(join(cwd, "cordon.yaml"), "version: 1\nlimits:\n  memory: lots\nnetwrk: {}\n");
  const { status, printed } = await call(check);
  assert.equal(status, 125);
  assert.deepEqual(printed.split("\n"), [
    'cordon.yaml:3:11: error: limits.memory must be a size such as 512M, not "lots"',
    'cordon.yaml:4:1: error: unknown key "netwrk". Did you mean "network"?',
  ]);
});

test("check lets warnings pass, and --json says the same to programs", async (context) => {
  const { cwd, call } = await setting(context);
  await writeFile(join(cwd, "p.yaml"), "version: 1\nnetwork: { mode: open }\n");
  const { status, printed } = await call(check, ["p.yaml"]);
  assert.equal(status, 0);
  assert.match(printed, /^p\.yaml:2:18: warning: mode: open/);
  const json = JSON.parse((await call(check, ["p.yaml"], { options: { json: true } })).printed);
  assert.equal(json.valid, true);
  assert.equal(json.problems[0].code, "network-open");
});

test("check refuses organisation rules and a missing file clearly", async (context) => {
  const { call } = await setting(context);
  await assert.rejects(call(check, [], { options: { rules: ["x"] } }), refused("not-implemented"));
  await assert.rejects(call(check), refused("policy-missing"));
});

test("init writes a valid policy that it trusts, and never a second one", async (context) => {
  const { cwd, call } = await setting(context);
  await writeFile(join(cwd, "package.json"), "{}");
  await mkdir(join(cwd, ".claude"));
  assert.equal((await call(init)).status, 0);
  assert.match(await readFile(join(cwd, "cordon.yaml"), "utf8"), /^extends: \[claude-code\]$/m);
  assert.equal((await call(check)).status, 0);
  assert.match((await call(trust)).printed, /is trusted already/);
  await assert.rejects(call(init), refused("path-refused"));
});

test("init refuses the home folder and what holds it", async (context) => {
  const { home, call } = await setting(context);
  for (const cwd of [home, tmpdir(), "/"]) await assert.rejects(call(init, [], { cwd }), refused("workspace-refused"));
});

test("trust shows what changed and then trusts it", async (context) => {
  const { cwd, call } = await setting(context);
  await writeFile(join(cwd, "cordon.yaml"), "version: 1\nname: a\n");
  assert.match((await call(trust)).printed, /trusted .*cordon\.yaml as it stands now/);
  await writeFile(join(cwd, "cordon.yaml"), "version: 1\nname: a\nnetwork: { mode: open }\n");
  const { printed, noted } = await call(trust);
  assert.match(printed, /\+ network: \{ mode: open \}/);
  assert.match(noted, /mode: open lets the command/);
  await writeFile(join(cwd, "cordon.yaml"), "nonsense");
  await assert.rejects(call(trust), refused("policy-invalid"));
});

test("profile lists the built-in profiles and shows one", async (context) => {
  const { call } = await setting(context);
  assert.match((await call(profile, ["ls"])).printed, /^claude-code\s+Anthropic's Claude Code/m);
  assert.match((await call(profile, ["show", "default"])).printed, /^version: 1$/m);
  await assert.rejects(call(profile, ["show", "claude-cod"]), refused("policy-missing"));
  await assert.rejects(call(profile, []), refused("usage"));
});
