// Sources that are services of the system: a real keyring in a session bus of the test's own, and credentials of a unit of systemd's.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { type KeyServer, openKeyServer } from "../support/egress/key-server.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, start } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const PYTHON = "/usr/bin/python3";
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; server: KeyServer };
const lack = await lacking(["dbus-daemon", "gnome-keyring-daemon", PYTHON]);
const newKey = (): string => `sk-live-${randomBytes(24).toString("hex")}`;

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["api.test"]);
  open.server = await openKeyServer(cleanup, open.certificates);
});

function writePolicy(stage: Stage, from: string): void {
  const allow = [{ host: "api.test", ports: [443], connect: `127.0.0.1:${open.server.tlsPort}` }];
  const network = { allow, upstreamCa: [open.certificates.authority] };
  const secrets = { key: { from, env: "API_KEY", hosts: ["api.test"] } };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets }));
}

const ASK = ["bash", "-c", 'curl -sS -H "authorization: Bearer $API_KEY" https://api.test/silent'];

/** A session bus with a keyring that was unlocked at its start, whose files are the test's own. */
async function openKeyring(t: TestContext, stage: Stage): Promise<Record<string, string>> {
  const runtime = stage.makeDirectory("runtime");
  mkdirSync(join(stage.root, "home"), { mode: 0o700 });
  stage.own(stage.path("home"));
  const address = `unix:path=${runtime}/bus`;
  const env = {
    DBUS_SESSION_BUS_ADDRESS: address,
    XDG_RUNTIME_DIR: runtime,
    HOME: stage.path("home"),
    XDG_DATA_HOME: stage.path("home/data"),
  };
  const daemons = [
    start(["dbus-daemon", "--session", "--nofork", `--address=${address}`], {
      identity: ordinary,
      env,
      timeoutMs: 120_000,
    }),
  ];
  t.after(async () => {
    for (const { child, done } of daemons.toReversed()) {
      child.kill("SIGTERM");
      await done;
    }
  });
  await until("the bus", () => existsSync(join(runtime, "bus")));
  const words = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"];
  daemons.push(start(words, { identity: ordinary, env, input: "password", timeoutMs: 120_000 }));
  return env;
}

describe("the desktop's keyring", { skip: lack }, () => {
  test("is asked over its own bus, for the entry that the policy names", async (t) => {
    const stage = makeStage(t, ordinary);
    const env = await openKeyring(t, stage);
    const [key, other] = [newKey(), newKey()];
    const store = (input: string, ...words: string[]) =>
      stage.outside([PYTHON, join(ROOT, "test/system/egress/keyring-store.py"), ...words], { env, input });
    const stored = await store(key, "service", "anthropic", "account", "me");
    assert.equal(stored.code, 0, describeResult(stored));
    assert.equal((await store(other, "cordon", "anthropic")).code, 0);
    for (const [from, value] of [
      ["keyring:service=anthropic account=me", key],
      ["keyring:anthropic", other],
    ] as const) {
      writePolicy(stage, from);
      const result = await stage.inside(ASK, { env, flags: ["--quiet"] });
      assert.equal(result.stdout, "ok", describeResult(result));
      assert.deepEqual(open.server.receivers(value), ["api.test (TLS)"]);
    }
    writePolicy(stage, "keyring:nothing");
    const missing = await stage.inside(ASK, { env, refused: true });
    assert.match(missing.stderr, /the secret key can't be had: the keyring has no such entry/);
    // The sandbox itself reaches neither.
    writePolicy(stage, "keyring:anthropic");
    const tried = await stage.inside(
      [
        "bash",
        "-c",
        `${PYTHON} -c 'import socket; socket.socket(socket.AF_UNIX).connect("${env["XDG_RUNTIME_DIR"]}/bus")'`,
      ],
      { env, flags: ["--env", "DBUS_SESSION_BUS_ADDRESS"] },
    );
    assert.notEqual(tried.code, 0);
  });

  test("that isn't there is a refusal that says so", async (t) => {
    const stage = makeStage(t, ordinary);
    writePolicy(stage, "keyring:anthropic");
    const none = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${stage.path("nobody")}` };
    const result = await stage.inside(ASK, { env: none, refused: true });
    assert.match(result.stderr, /can't be had: the session bus can't be reached/);
  });
});

describe("a credential of a unit", () => {
  test("is read where systemd puts it, by its name alone", async (t) => {
    const stage = makeStage(t, ordinary);
    const key = newKey();
    // As systemd.exec(5) has it: a folder of files, which only the unit sees.
    stage.write("credentials/api", key, 0o400);
    stage.write("elsewhere", newKey(), 0o400);
    const env = { CREDENTIALS_DIRECTORY: stage.path("credentials") };
    writePolicy(stage, "credential:api");
    const result = await stage.inside(ASK, { env, flags: ["--quiet"] });
    assert.equal(result.stdout, "ok", describeResult(result));
    assert.deepEqual(open.server.receivers(key), ["api.test (TLS)"]);
    writePolicy(stage, "credential:../elsewhere");
    const outside = await stage.inside(ASK, { env, refused: true });
    assert.match(outside.stderr, /a credential's name is/);
    writePolicy(stage, "credential:api");
    const alone = await stage.inside(ASK, { env: { CREDENTIALS_DIRECTORY: "" }, refused: true });
    assert.match(alone.stderr, /this isn't a unit with credentials/);
  });
});
