// MCP servers over stdio, unmodified from npm: started by an agent inside, and by a client outside that runs the server in a sandbox.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AGENTS, KEYS } from "../support/agents/agent.js";
import { finishTask } from "../support/agents/finish.js";
import { FILE, prepareTask, RIGHT, type Words, WRONG } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, type Running } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const HOSTS = ["api.anthropic.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), HOSTS);
const FOLDER = join(AGENTS, "mcp");
const SERVER = join(FOLDER, "bin/mcp-server-filesystem");

const WORDS: Words = {
  read: (path) => ({ tool: "mcp__files__read_text_file", input: { path } }),
  edit: (path, before, after) => ({
    tool: "mcp__files__edit_file",
    input: { path, edits: [{ oldText: before, newText: after }] },
  }),
  shell: (command) => ({ tool: "Bash", input: { command, description: "One step of the task" } }),
};

test("an agent's MCP server over stdio reads and edits for it", { timeout: 90_000 }, async (t) => {
  const lack = await lacking([SERVER]);
  if (lack !== undefined) return t.skip(lack);
  const servers = { mcpServers: { files: { command: SERVER, args: ["."] } } };
  await finishTask(t, {
    profile: "claude-code",
    folder: "claude",
    command: "claude",
    hosts: HOSTS,
    certificates,
    mind: WORDS,
    variable: "ANTHROPIC_API_KEY",
    key: KEYS.anthropic,
    // The tools of its servers are offered at once, not looked for first.
    options: ["--read", FOLDER, "--env", "ENABLE_TOOL_SEARCH=false"],
    arguments: ["--mcp-config", JSON.stringify(servers), "--strict-mcp-config", "--dangerously-skip-permissions", "-p"],
  });
});

interface Reply {
  readonly id?: number;
  readonly result?: { readonly content?: readonly { readonly text?: string }[]; readonly isError?: boolean };
}

async function ask(running: Running, id: number, method: string, params: unknown): Promise<Reply> {
  running.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  const reply = (): Reply | undefined => {
    const lines = running.output().split("\n").slice(0, -1);
    // Checked border: a JSON-RPC message a line is what the protocol says.
    return lines.map((line) => JSON.parse(line) as Reply).find((message) => message.id === id);
  };
  return await until(`the answer to ${method}`, reply, 20_000).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${running.output()}${running.errors()}`);
  });
}

test("a client outside uses an MCP server in a sandbox, which reads and edits there and nowhere else", async (t) => {
  const lack = await lacking([SERVER]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  await prepareTask(stage);
  const outside = stage.write("outside/secret", stage.secret);
  const running = stage.startInside([SERVER, stage.workspace, "/"], { flags: ["--quiet"], timeoutMs: 60_000 });
  const call = (id: number, name: string, args: unknown) => ask(running, id, "tools/call", { name, arguments: args });
  const client = { name: "test", version: "1" };
  await ask(running, 1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: client });
  running.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  const path = join(stage.workspace, FILE);
  const read = await call(2, "read_text_file", { path });
  assert.ok(read.result?.content?.[0]?.text?.includes(WRONG));
  await call(3, "edit_file", { path, edits: [{ oldText: WRONG, newText: RIGHT }] });
  assert.ok(readFileSync(path, "utf8").includes(RIGHT));
  // The server itself was told that it may read everything.
  const stolen = await call(4, "read_text_file", { path: outside });
  assert.ok(stolen.result?.isError === true && !JSON.stringify(stolen).includes(stage.secret));
  running.child.stdin?.end();
  const result = await running.done;
  assert.equal(result.code, 0, describeResult(result));
});
