import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadPolicy } from "./load.js";
import { stateFolder, trust, trustState } from "./trust.js";

async function setting(context: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "cordon-trust-"));
  context.after(() => rm(root, { recursive: true }));
  const workspace = join(root, "work");
  await mkdir(workspace);
  return { root, workspace, file: join(workspace, "cordon.yaml"), state: join(root, "state") };
}

test("a file is untrusted, then trusted as it stood, then changed with the difference shown", async (context) => {
  const { file, state } = await setting(context);
  await writeFile(file, "version: 1\nname: a\n");
  assert.equal((await trustState(file, state)).state, "untrusted");
  assert.ok((await trust(file, state, "/home/sam")).ok);
  const trusted = await trustState(file, state);
  assert.equal(trusted.state, "trusted");
  assert.equal(new TextDecoder().decode(trusted.texts?.get(file)), "version: 1\nname: a\n");
  await writeFile(file, "version: 1\nname: b\n");
  const changed = await trustState(file, state);
  assert.equal(changed.state, "changed");
  assert.match(changed.difference ?? "", /- name: a\n\+ name: b/);
  assert.equal(changed.texts, undefined);
});

test("trusting again shows what was accepted anew", async (context) => {
  const { file, state } = await setting(context);
  await writeFile(file, "version: 1\nname: a\n");
  await trust(file, state, "/home/sam");
  await writeFile(file, "version: 1\nname: b\n");
  const result = await trust(file, state, "/home/sam");
  assert.match(result.ok ? result.difference : "", /- name: a\n\+ name: b/);
  assert.equal((await trustState(file, state)).state, "trusted");
});

test("the same content elsewhere isn't trusted", async (context) => {
  const { file, workspace, state } = await setting(context);
  await writeFile(file, "version: 1\n");
  await trust(file, state, "/home/sam");
  await rename(workspace, `${workspace}2`);
  assert.equal((await trustState(join(`${workspace}2`, "cordon.yaml"), state)).state, "untrusted");
});

test("an extended file of the workspace is trusted with it, and its change is a change", async (context) => {
  const { file, workspace, state } = await setting(context);
  await writeFile(file, "version: 1\nextends: [./base.yaml]\n");
  await writeFile(join(workspace, "base.yaml"), "version: 1\nname: a\n");
  await trust(file, state, "/home/sam");
  assert.equal((await trustState(file, state)).texts?.size, 2);
  await writeFile(join(workspace, "base.yaml"), "version: 1\nnetwork: { mode: open }\n");
  const changed = await trustState(file, state);
  assert.equal(changed.state, "changed");
  assert.match(changed.difference ?? "", /base\.yaml:[\s\S]*\+ network: \{ mode: open \}/);
});

test("a link outside the workspace that leads back into it counts as the workspace's", async (context) => {
  const { root, file, workspace, state } = await setting(context);
  await writeFile(join(workspace, "base.yaml"), "version: 1\n");
  await symlink(workspace, join(root, "back"));
  await writeFile(file, `version: 1\nextends: [${join(root, "back", "base.yaml")}]\n`);
  await trust(file, state, "/home/sam");
  await writeFile(join(workspace, "base.yaml"), "version: 1\nnetwork: { mode: open }\n");
  assert.equal((await trustState(file, state)).state, "changed");
});

test("what is loaded is what was checked, although the file changed in between", async (context) => {
  const { file, workspace, state } = await setting(context);
  await writeFile(file, "version: 1\nname: good\n");
  await trust(file, state, "/home/sam");
  const { texts } = await trustState(file, state);
  assert.ok(texts !== undefined);
  await writeFile(file, "version: 1\nname: evil\n");
  const result = await loadPolicy({
    file,
    texts,
    sealed: workspace,
    profiles: [],
    overrides: [],
    home: "/home/sam",
    cwd: workspace,
  });
  assert.equal(result.ok && result.policy.settings.name, "good");
});

test("a policy that is a link, invalid or missing can't be trusted", async (context) => {
  const { file, workspace, state } = await setting(context);
  assert.equal((await trust(file, state, "/home/sam")).ok, false);
  await writeFile(file, "version: 1\nnonsense: 1\n");
  assert.equal((await trust(file, state, "/home/sam")).ok, false);
  await writeFile(join(workspace, "real.yaml"), "version: 1\n");
  await rm(file);
  await symlink("real.yaml", file);
  assert.equal((await trust(file, state, "/home/sam")).ok, false);
  assert.equal((await trustState(file, state)).state, "untrusted");
});

test("a trusted file replaced by a link, even to the same content, is changed", async (context) => {
  const { file, workspace, state } = await setting(context);
  await writeFile(file, "version: 1\n");
  await trust(file, state, "/home/sam");
  await rename(file, join(workspace, "moved.yaml"));
  await symlink("moved.yaml", file);
  assert.equal((await trustState(file, state)).state, "changed");
});

test("escape sequences in a changed file don't reach the terminal", async (context) => {
  const { file, state } = await setting(context);
  await writeFile(file, "version: 1\n");
  await trust(file, state, "/home/sam");
  await writeFile(file, "version: 1\n# \u001b[2J\u001b]0;x\u0007\u202e\n");
  assert.doesNotMatch(
    (await trustState(file, state)).difference ?? "",
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/,
  );
});

test("the record is the user's alone, and a damaged one trusts nothing", async (context) => {
  const { file, state } = await setting(context);
  await writeFile(file, "version: 1\n");
  await trust(file, state, "/home/sam");
  const { readdir } = await import("node:fs/promises");
  const [record] = await readdir(join(state, "trust"));
  assert.ok(record !== undefined);
  assert.equal((await stat(join(state, "trust", record))).mode & 0o777, 0o600);
  assert.equal((await stat(join(state, "trust"))).mode & 0o777, 0o700);
  await writeFile(join(state, "trust", record), '{"version":1,"files":[{"path":3}]}');
  assert.equal((await trustState(file, state)).state, "untrusted");
  await writeFile(join(state, "trust", record), "{");
  assert.equal((await trustState(file, state)).state, "untrusted");
});

test("the state folder follows XDG_STATE_HOME only when it is absolute", () => {
  assert.equal(stateFolder({ XDG_STATE_HOME: "/s" }, "/home/sam"), "/s/cordon");
  assert.equal(stateFolder({ XDG_STATE_HOME: "relative" }, "/home/sam"), "/home/sam/.local/state/cordon");
  assert.equal(stateFolder({}, "/home/sam"), "/home/sam/.local/state/cordon");
});
