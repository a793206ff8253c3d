// Gemini CLI, unmodified from npm, under its built-in profile: the task of test/support/agents/task.ts from beginning to end.

import { test } from "node:test";
import { KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import type { Words } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";

const HOSTS = ["generativelanguage.googleapis.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);

const WORDS: Words = {
  read: (path) => ({ tool: "read_file", input: { file_path: path } }),
  edit: (path, before, after) => ({
    tool: "replace",
    input: { file_path: path, old_string: before, new_string: after, instruction: "Take every blank" },
  }),
  shell: (command) => ({ tool: "run_shell_command", input: { command, description: "One step of the task" } }),
};

test("Gemini CLI reads, edits, tests and commits", { timeout: 90_000 }, async (t) => {
  await finishTask(t, {
    profile: "gemini-cli",
    folder: "gemini",
    command: "gemini",
    hosts: HOSTS,
    certificates,
    mind: WORDS,
    variable: "GEMINI_API_KEY",
    key: KEYS.gemini,
    arguments: ["--yolo", "--skip-trust", "-p"],
    // It hides all settings of git from its shell but the repository's own.
    before: async (_agent, stage) => {
      await stage.outside(["git", "config", "user.name", "Ada Example"]);
      await stage.outside(["git", "config", "user.email", "ada@example.com"]);
    },
  });
});
