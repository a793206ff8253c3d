// What a command prints into a pipe arrives whole, however slowly it is read: the supervisor never makes the pipe non-blocking.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openCollector } from "../support/egress/collector.js";
import { cordonArgv, describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const PROGRAM = `
import os, sys, urllib.request
if sys.argv[1] == "request":
    assert urllib.request.urlopen("http://allowed.example/", timeout=10).read() == b"ok"
for descriptor in (1, 2):
    assert os.get_blocking(descriptor), descriptor
    os.write(descriptor, b"x" * 400000)
`;

for (const kind of ["nothing", "request"]) {
  test(`after ${kind === "request" ? "a request through the gate" : "the launch"}`, async (t) => {
    const stage = makeStage(t, ordinary);
    const { port } = await openCollector(t);
    stage.write("workspace/program.py", PROGRAM);
    const allow = [{ host: "allowed.example", ports: [80], connect: `127.0.0.1:${port}` }];
    const policy = stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network: { allow } }));
    const argv = cordonArgv(
      "run",
      "--quiet",
      "-p",
      policy,
      "-w",
      stage.workspace,
      "--",
      "/usr/bin/python3",
      "program.py",
      kind,
    );
    const script = '{ "$@" && echo done; } 2>&1 | { sleep 1; cat; }';
    const result = await exec(["bash", "--norc", "-c", script, "bash", ...argv], {
      identity: ordinary,
      cwd: stage.workspace,
    });
    assert.match(result.stdout, /^x{800000}done$/m, describeResult(result));
  });
}
