// aider, unmodified from PyPI, under its built-in profile: the task of test/support/agents/task.ts from beginning to end. Its model calls
// no tools: it answers with the change, and aider makes it, commits it and runs the tests.

import { test } from "node:test";
import { KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import type { Model } from "../support/agents/model.js";
import { FILE, LAST, RIGHT, SUBJECT, WRONG } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";

const HOSTS = ["api.openai.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);

const BLOCK = [
  "```javascript",
  "<<<<<<< SEARCH",
  `  return ${WRONG};`,
  "=======",
  `  return ${RIGHT};`,
  ">>>>>>> REPLACE",
];
const CHANGE = ["Only the first blank is taken.", "", FILE, ...BLOCK, "```", "", LAST].join("\n");

/** The small model is asked for the commit's message. */
const MODEL: Model = ({ model }) => ({ text: model.endsWith("-mini") ? SUBJECT : CHANGE });

const FLAGS = ["--yes-always", "--no-gitignore", "--no-attribute-author", "--no-attribute-committer"];

test("aider reads, edits, tests and commits", { timeout: 90_000 }, async (t) => {
  await finishTask(t, {
    profile: "aider",
    folder: "aider",
    command: "aider",
    hosts: HOSTS,
    certificates,
    mind: MODEL,
    variable: "OPENAI_API_KEY",
    key: KEYS.openai,
    arguments: [...FLAGS, "--model", "gpt-4o", "--auto-test", "--test-cmd", "npm test", FILE, "--message"],
    // It leaves its history in the project.
    before: async (_agent, stage) => {
      await stage.outside(["sh", "-c", "echo '.aider*' >> .git/info/exclude"]);
    },
  });
});
