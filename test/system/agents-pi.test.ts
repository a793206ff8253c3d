// pi, unmodified from npm, under its built-in profile: the task of test/support/agents/task.ts from beginning to end.

import { test } from "node:test";
import { KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import type { Words } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";

const HOSTS = ["api.anthropic.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);

const WORDS: Words = {
  read: (path) => ({ tool: "read", input: { path } }),
  edit: (path, before, after) => ({ tool: "edit", input: { path, edits: [{ oldText: before, newText: after }] } }),
  shell: (command) => ({ tool: "bash", input: { command } }),
};

test("pi reads, edits, tests and commits", { timeout: 90_000 }, async (t) => {
  await finishTask(t, {
    profile: "pi",
    folder: "pi",
    command: "pi",
    hosts: HOSTS,
    certificates,
    mind: WORDS,
    variable: "ANTHROPIC_API_KEY",
    key: KEYS.anthropic,
    arguments: ["--provider", "anthropic", "--model", "claude-sonnet-4-5", "-p"],
  });
});
