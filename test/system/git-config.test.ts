// A new version of a repository's config is read before it takes effect, as git will read it: H3, H4. The judge is git, run outside on
// the repository afterwards, by a user who allows the transport that starts programs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { exec } from "../support/exec.js";
import { type Identity, identities } from "../support/identity.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";

const REPLACE = "cp new .git/config.lock && mv -f .git/config.lock .git/config";
const CORE = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n";

/** What is added to a config; EVIL stands for a program that leaves a trace. */
const PLANTS: Readonly<Record<string, string>> = {
  "a helper's URL": '[remote "origin"]\n\turl = ext::EVIL\n',
  "a helper's URL in quotes": '[remote "origin"]\n\turl = "ext::EVIL"\n',
  "a helper's URL in pieces": '[remote "origin"]\n\turl = e"xt:":EVIL\n',
  "a helper's URL by its scheme": '[remote "origin"]\n\turl = ext://evil x\n',
  "a helper's URL over two lines": '[remote "origin"]\n\turl = ext:\\\n:EVIL\n',
  "a helper's URL behind another": '[remote "origin"]\n\turl = file:///nothing\n\tpushurl = ext::EVIL\n',
  "a helper as a branch's remote": '[branch "main"]\n\tremote = ext::EVIL\n\tmerge = refs/heads/main\n',
  "a helper as a branch's remote for pushing": '[branch "main"]\n\tpushRemote = "ext::EVIL"\n',
  "a remote's own program": '[remote "origin"]\n\turl = .\n\tuploadpack = EVIL\n',
  "a remote's helper": '[remote "origin"]\n\turl = EVIL\n\tvcs = ext\n',
  "an abbreviation of a URL": '[url "ext::EVIL"]\n\tinsteadOf = x:\n[remote "origin"]\n\turl = x:\n',
  "a setting on its section's line": "[core] fsmonitor = EVIL\n",
  "a setting right after its section": "[core]fsmonitor=EVIL\n",
  "hooks on a section's line": "[core]hooksPath = evil-hooks\n",
  "other capitals": "[cOrE]\n\tFSMonitor = EVIL\n",
  "a line that goes on": "[user]\n\tname = x \\\n\n[core]\n\tfsmonitor = EVIL\n",
  "a comment that seems to go on": "[core]\n\t# harmless \\\n\tfsmonitor = EVIL\n",
  "a value's comment that seems to go on": "[core]\n\tabbrev = 8 ; x \\\n\tfsmonitor = EVIL\n",
  "lines that end as on Windows": "[core]\r\n\tfsmonitor = EVIL\r\n",
  "a section in an old form": "[remote.origin]\n\turl = ext::EVIL\n",
  "an included file": "[include]\n\tpath = ../more\n",
  "an included file, conditionally": '[includeIf "onbranch:**"]\n\tpath = ../more\n',
  "a line that stood in another section": "[core]\n\tfsmonitor = STOOD\n",
  "no newline at the end": "[core]\n\tfsmonitor = EVIL",
};

const HARMLESS = [
  '[remote "origin"]\n\turl = https://git.example.org/a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*',
  '[remote "ssh"]\n\turl = git@git.example.org:a/b.git\n\tpushurl = ssh://git@git.example.org:22/a/b.git',
  '[remote "near"]\n\turl = ../other\n[remote "file"]\n\turl = file:///srv/git/a.git',
  '[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n[Branch "feature/x]y"]\n\tRemote = .',
  "# a comment \\\n[user]\n\tname = A. Name ; with a comment\n\temail = a@localhost",
];

/** The repository with a prepared `new` config beside it, and EVIL in all the places that the plants name. */
async function prepared(t: Cleanup, identity: Identity, added: string): Promise<Stage> {
  const stage = makeStage(t, identity);
  const evil = stage.write("workspace/evil", `#!/bin/sh\ntouch ${stage.path("executed")}\n`, 0o755);
  for (const copy of ["evil-hooks/post-commit", "ext:/evil"])
    stage.write(`workspace/${copy}`, readFileSync(evil), 0o755);
  stage.write("workspace/more", `[core]\n\tfsmonitor = ${evil}\n`);
  const made = await stage.outside(["sh", "-ec", "git init -q -b main"]);
  assert.equal(made.code, 0, made.stderr);
  const stood = `${CORE}[alias]\n\tfsmonitor = ${evil}\n`;
  const text = added.replaceAll("EVIL", evil).replaceAll("STOOD", evil);
  const before = added.includes("STOOD") ? stood : CORE;
  stage.write("workspace/.git/config", before);
  stage.write("workspace/new", added.startsWith("\ufeff") ? text : before + text);
  return stage;
}

/** Whether anything that git does outside runs the planted program. */
async function gitExecutes(stage: Stage): Promise<boolean> {
  const name = "git -c user.name=T -c user.email=t@localhost";
  const script = `git status; ${name} commit -q --allow-empty -m x; git fetch origin; git pull; git push origin main; git -c push.default=current push`;
  const env = { GIT_ALLOW_PROTOCOL: "ext:file", GIT_TERMINAL_PROMPT: "0" };
  await exec(["sh", "-c", script], { identity: stage.identity, cwd: stage.workspace, env, timeoutMs: 20_000 });
  return stage.exists("executed");
}

for (const identity of identities) {
  describe(`a repository's config, as ${identity.name}`, () => {
    for (const [what, added] of Object.entries({
      ...PLANTS,
      "a mark of the byte order": `\ufeff${CORE}[core]\n\tfsmonitor = EVIL\n`,
    })) {
      test(`${what} doesn't get into it`, async (t) => {
        for (const inside of [false, true]) {
          const stage = await prepared(t, identity, added);
          const argv = ["sh", "-c", REPLACE];
          await (inside ? stage.inside(argv) : stage.outside(argv));
          assert.equal(await gitExecutes(stage), !inside, stage.path());
          if (inside)
            assert.doesNotMatch(readFileSync(stage.path("workspace/.git/config"), "utf8"), /ext|hooksPath|more/);
        }
      });
    }

    for (const added of HARMLESS) {
      test(`this gets into it: ${JSON.stringify(added.slice(0, 60))}`, async (t) => {
        const stage = await prepared(t, identity, `${added}\n`);
        const result = await stage.inside(["sh", "-c", REPLACE]);
        assert.equal(result.code, 0, result.stderr);
        assert.equal(readFileSync(stage.path("workspace/.git/config"), "utf8"), `${CORE}${added}\n`);
        assert.equal((await stage.outside(["git", "config", "--list"])).code, 0);
        assert.equal(await gitExecutes(stage), false);
      });
    }
  });
}
