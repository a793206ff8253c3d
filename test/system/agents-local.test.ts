// A plain loop in Python on a model server of this computer, which listens on a unix socket: nothing else is reached from inside.

import assert from "node:assert/strict";
import { chmodSync, existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { scripted } from "../support/agents/model.js";
import { openProviders } from "../support/agents/providers.js";
import { assertDone, LAST, PROMPT, prepareTask, stepsOf, type Words } from "../support/agents/task.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { type Cleanup, makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const certificates = makeCertificates(makeSharedFolder(fileCleanup()), []);
const LOOP = join(ROOT, "examples/python-loop");

const WORDS: Words = {
  read: (path) => ({ tool: "read_file", input: { path } }),
  edit: (path, before, after) => ({ tool: "replace_in_file", input: { path, before, after } }),
  shell: (command) => ({ tool: "shell", input: { command } }),
};

/** As a model server that listens there itself. */
async function listenAt(cleanup: Cleanup, path: string, port: number): Promise<void> {
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.pipe(upstream).pipe(client);
  });
  cleanup.after(() => {
    server.close();
  });
  server.listen(path);
  await until("the socket is there", () => existsSync(path));
  chmodSync(path, 0o666);
}

test("a loop in Python on a local model reads, edits, tests and commits", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  await prepareTask(stage);
  const providers = await openProviders(t, certificates, scripted(stepsOf(stage, WORDS), LAST));
  const socket = stage.path("llm.sock");
  await listenAt(t, socket, providers.plainPort);
  const flags = ["--read", LOOP, "--set", `network.sockets=["${socket}"]`];
  const env = { XDG_CONFIG_HOME: stage.path("config") };
  const result = await stage.inside(["/usr/bin/python3", join(LOOP, "agent.py"), socket, PROMPT], { flags, env });
  assert.equal(result.code, 0, describeResult(result));
  assert.ok(result.stdout.includes(LAST), describeResult(result));
  await assertDone(stage);
  assert.equal(providers.received.at(-1)?.results.length, 5);
});
