// An agent's own terminal UI inside, steered by a terminal as a person would: its first start, a question, another window size, its end.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { AGENTS, KEYS, openAgent } from "../support/agents/agent.js";
import { prepareTask } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { openTerminal } from "../support/terminal.js";

// The second is asked at its first start whether it is there.
const HOSTS = ["api.anthropic.com", "platform.claude.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);
const ENTER = "\r";
const UP = "\u001b[A";
const DOWN = "\u001b[B";
const INTERRUPT = "\u0003";
/** Words as they stand on the screen: between them are blanks, or commands that move the cursor. */
const words = (text: string): RegExp => new RegExp(text.replaceAll("?", "\\?").split(" ").join("[^\\n]{0,24}?"));

test("Claude Code's terminal UI works: first start, an answer, another size, the end", {
  timeout: 120_000,
}, async (t) => {
  const lack = await lacking([join(AGENTS, "claude/bin/claude")]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  await prepareTask(stage);
  const model = () => ({ text: "Hello from the script." });
  const setting = { profile: "claude-code", folder: "claude", hosts: HOSTS, certificates, model };
  const agent = await openAgent(t, stage, setting);
  const env = Object.entries({ ...agent.env, ANTHROPIC_API_KEY: KEYS.anthropic }).map((pair) => pair.join("="));
  const argv = ["env", ...env, ...agent.argv([], ["claude"])];
  const terminal = await openTerminal(t, argv, ordinary, stage.workspace);
  terminal.resize(30, 100);
  const appears = (text: string, timeoutMs = 5_000): Promise<boolean> =>
    terminal.see(words(text), timeoutMs).then(
      () => true,
      () => false,
    );
  // What is typed while it still looks around is lost, and a choice may be drawn anew: as a person would, again until it is taken.
  const choose = async (move: string, chosen: string, next: string): Promise<void> => {
    for (let tries = 0; tries < 8; tries++) {
      terminal.type(move);
      if (!(await appears(chosen)) || (await appears("❯ No", 1_500))) continue;
      terminal.type(ENTER);
      if (await appears(next)) return;
    }
    throw new Error(`${chosen} wasn't taken: ${JSON.stringify(terminal.screen().slice(-2000))}`);
  };
  await terminal.see(words("Syntax theme"), 30_000);
  terminal.type(ENTER);
  await terminal.see(words("Do you want to use this API key"), 30_000);
  await choose(UP, "❯ Yes", "to continue");
  terminal.type(ENTER);
  await terminal.see(words("Accessing workspace"), 30_000);
  await choose(DOWN, "❯ Yes, I trust", "to cycle");
  terminal.type("Say hello");
  await terminal.see(words("Say hello"), 20_000);
  terminal.type(ENTER);
  await terminal.see(words("Hello from the script"), 30_000);
  terminal.resize(24, 60);
  await terminal.see(/(?<!─)─{60}(?!─)/, 20_000);
  terminal.type(INTERRUPT);
  await terminal.see(words("again to exit"), 20_000);
  terminal.type(INTERRUPT);
  assert.equal(await terminal.ended(30_000), 0);
  // It remembers the answer about the key, which has the same placeholder again.
  const again = await openTerminal(t, argv, ordinary, stage.workspace);
  again.resize(30, 100);
  await again.see(words("to cycle"), 30_000);
  assert.doesNotMatch(again.screen(), words("Do you want to use this API key"));
  again.type(INTERRUPT);
  await again.see(words("again to exit"), 20_000);
  again.type(INTERRUPT);
  await again.ended(30_000);
  const { received } = agent.providers;
  assert.ok(received.length > 0 && received.every((each) => each.key === KEYS.anthropic));
});
