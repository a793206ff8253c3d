// Codex CLI, unmodified from npm, under its built-in profile: the task of test/support/agents/task.ts from beginning to end.
// Its default model calls tools from JavaScript, which the agent runs in an engine of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import type { Call } from "../support/agents/model.js";
import type { Words } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";

// At the second it asks for lists of models and of plug-ins, and goes on without them.
const HOSTS = ["api.openai.com", "chatgpt.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);

function script(text: string): Call {
  return { tool: "exec", input: {}, text };
}

function shell(command: string): Call {
  return script(`text((await tools.exec_command({ cmd: ${JSON.stringify(command)} })).output)`);
}

function patch(before: string, after: string): string {
  const lines = [
    "*** Begin Patch",
    "*** Update File: src/slug.js",
    "@@",
    `-  return ${before};`,
    `+  return ${after};`,
  ];
  return [...lines, "*** End Patch", ""].join("\n");
}

const WORDS: Words = {
  read: (path) => shell(`cat ${path}`),
  edit: (_path, before, after) => script(`text(await tools.apply_patch(${JSON.stringify(patch(before, after))}))`),
  shell,
};

test("Codex reads, edits, tests and commits", { timeout: 90_000 }, async (t) => {
  const finished = await finishTask(t, {
    profile: "codex",
    folder: "codex",
    command: "codex",
    hosts: HOSTS,
    certificates,
    mind: WORDS,
    key: KEYS.openai,
    variable: "CODEX_API_KEY",
    arguments: ["exec", "--sandbox", "danger-full-access"],
  });
  if (finished === undefined) return;
  const elsewhere = finished.agent.events().filter((event) => event.type === "alert" && event.on === "secret.misused");
  assert.deepEqual(elsewhere, [], "it sends its key to its own interface only");
});
