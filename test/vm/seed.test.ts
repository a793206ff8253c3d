// What docs/seed.md says of commands that are often given for this job, where a user's manager is needed to show it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeResult, exec } from "../support/exec.js";
import { ordinary } from "../support/identity.js";

const options = { identity: ordinary, cwd: "/", timeoutMs: 60_000 };

test("a scope takes no PrivateNetwork, ProtectHome or PrivateDevices: the whole line is refused", async () => {
  for (const property of ["PrivateNetwork=yes", "ProtectHome=yes", "PrivateDevices=yes", "NoNewPrivileges=yes"]) {
    const run = (...words: readonly string[]) => exec(["systemd-run", "--user", "--quiet", ...words, "true"], options);
    const scope = await run("--scope", "-p", property);
    assert.notEqual(scope.code, 0, property);
    assert.match(scope.stderr, /Unknown assignment|not supported|Cannot set property/i, describeResult(scope));
    const service = await run("--wait", "--collect", "-p", "PrivateUsers=yes", "-p", property);
    assert.equal(service.code, 0, describeResult(service));
  }
});

test("under ProtectHome=yes there is nothing of the home to be bound into a container", async () => {
  const words = ["systemd-run", "--user", "--quiet", "--wait", "--collect", "--pipe", "-p", "ProtectHome=yes"];
  const result = await exec([...words, "-p", "PrivateUsers=yes", "ls", ordinary.home], options);
  assert.notEqual(result.code, 0, describeResult(result));
  assert.match(result.stderr, /Permission denied|No such file/, describeResult(result));
});

test("without PrivateUsers=yes a user's service with PrivateDevices=yes doesn't start", async () => {
  const words = ["systemd-run", "--user", "--quiet", "--wait", "--collect", "-p", "PrivateDevices=yes", "true"];
  assert.equal((await exec(words, options)).code, 218);
});
