// Claude Code, unmodified from npm, under its built-in profile: the task of test/support/agents/task.ts from beginning to end.

import { test } from "node:test";
import { KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import type { Words } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";

const HOSTS = ["api.anthropic.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);

const WORDS: Words = {
  read: (path) => ({ tool: "Read", input: { file_path: path } }),
  edit: (path, before, after) => ({
    tool: "Edit",
    input: { file_path: path, old_string: before, new_string: after, replace_all: false },
  }),
  shell: (command) => ({ tool: "Bash", input: { command, description: "One step of the task" } }),
};

test("Claude Code reads, edits, tests and commits", { timeout: 90_000 }, async (t) => {
  await finishTask(t, {
    profile: "claude-code",
    folder: "claude",
    command: "claude",
    hosts: HOSTS,
    certificates,
    mind: WORDS,
    key: KEYS.anthropic,
    variable: "ANTHROPIC_API_KEY",
    arguments: ["--dangerously-skip-permissions", "-p"],
  });
});
