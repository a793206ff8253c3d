// Programs where their users have them: npm's prefix in the home, a version manager's folder, ~/.local/bin. `cordon run -- claude` finds
// program and profile by the name alone, and nothing beside the installation can be read.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AGENTS } from "../support/agents/agent.js";
import { lacking } from "../support/egress/tools.js";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const INSTALLED = join(AGENTS, "claude");
const PACKAGE = "lib/node_modules/@anthropic-ai/claude-code";
const PLACES = [
  { place: "npm's prefix in the home", prefix: ".npm-global", bin: ".npm-global/bin" },
  { place: "a version manager's folder", prefix: ".nvm/versions/node/v22.0.0", bin: ".nvm/versions/node/v22.0.0/bin" },
  { place: "~/.local/bin, by a link", prefix: ".local/share/agents", bin: ".local/bin" },
] as const;

for (const { place, prefix, bin } of PLACES) {
  test(`an agent in ${place} is found, with its profile`, { timeout: 60_000 }, async (t) => {
    const lack = await lacking([join(INSTALLED, "bin/claude")]);
    if (lack !== undefined) return t.skip(lack);
    const stage = makeStage(t, ordinary);
    // In the user's real home, since that is what isn't granted.
    const home = mkdtempSync(join(ordinary.home, "cordon-test-"));
    t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
    mkdirSync(join(home, prefix, "bin"), { recursive: true });
    mkdirSync(join(home, bin), { recursive: true });
    execFileSync("cp", ["-a", join(INSTALLED, "lib"), join(home, prefix)]);
    symlinkSync(join(home, prefix, PACKAGE, "bin/claude.exe"), join(home, bin, "claude"));
    writeFileSync(join(home, "private"), stage.secret);
    for (const path of ["private", "."]) chmodSync(join(home, path), 0o755);
    const env = { PATH: `${join(home, bin)}:/usr/bin:/bin`, XDG_STATE_HOME: stage.path("state") };
    const options = { identity: ordinary, cwd: stage.workspace, env };
    const version = await exec(cordonArgv("run", "--quiet", "--", "claude", "--version"), options);
    assert.match(version.stdout, /^\d+\.\d+\.\d+ \(Claude Code\)/, describeResult(version));
    const told = await exec(cordonArgv("plan", "--json", "--", "claude"), options);
    assert.ok(told.stdout.includes('"built-in:claude-code"'), describeResult(told));
    const shown = [...told.stdout.matchAll(/"source":\s*"([^"]+)"/g)].map(([, source = ""]) => source);
    const mine = shown.filter((path) => path.startsWith(home));
    assert.ok(mine.length > 0 && mine.every((path) => path.startsWith(`${home}/.`)), mine.join(" "));
    const looked = await exec(
      cordonArgv("run", "--quiet", "--profile", "claude-code", "--", "cat", join(home, "private")),
      options,
    );
    assert.ok(looked.code === 1 && !looked.stdout.includes(stage.secret), describeResult(looked));
  });
}
