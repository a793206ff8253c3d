// Keys of the user's ssh-agent, lent for named hosts: with a real agent, real servers, ssh and git. Judged by what the servers and the agent say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { openSshd, SSHD } from "../support/egress/ssh-server.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, type Result, start } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { control } from "../support/live-run.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const THIEF = "agent-thief.py";
const PORT = 2222;
const cleanup = fileCleanup();
const lack = await lacking([SSHD, "ssh", "ssh-agent", "ssh-add", "ssh-keygen"]);
const open = {} as {
  folder: string;
  servers: Record<string, { readonly port: number; readonly log: () => string }>;
};
const at = (name: string): string => join(open.folder, name);

before(async () => {
  if (lack !== undefined) return;
  open.folder = makeSharedFolder(cleanup);
  const keygen = (name: string, ...type: string[]) =>
    execFileSync("ssh-keygen", ["-q", ...type, "-N", "", "-C", name, "-f", at(name)], { timeout: 60_000 });
  keygen("lent", "-t", "ed25519");
  keygen("other", "-t", "ed25519");
  keygen("edwards.test", "-t", "ed25519");
  keygen("elliptic.test", "-t", "ecdsa", "-b", "384");
  keygen("rsa.test", "-t", "rsa", "-b", "2048");
  keygen("strange.test", "-t", "ed25519");
  const users = ["lent", "other"].map((name) => readFileSync(at(`${name}.pub`), "utf8")).join("");
  writeFileSync(at("users"), users);
  open.servers = {};
  for (const host of ["edwards.test", "elliptic.test", "rsa.test", "strange.test"])
    open.servers[host] = await openSshd(cleanup, {
      folder: open.folder,
      hostKey: at(host),
      authorizedKeys: at("users"),
    });
  const lines = Object.keys(open.servers).map((host) => `[${host}]:${PORT} ${readFileSync(at(`${host}.pub`), "utf8")}`);
  writeFileSync(at("known_hosts"), lines.join(""));
  // As ssh writes them by default on Debian.
  execFileSync("ssh-keygen", ["-H", "-f", at("known_hosts")], { stdio: "ignore" });
  for (const name of readdirSync(open.folder)) chownSync(at(name), ordinary.uid, ordinary.gid);
});

/** An agent of the user's with both keys. */
async function openAgent(t: TestContext, stage: Stage): Promise<string> {
  const socket = stage.path("agent");
  const agent = start(["ssh-agent", "-D", "-a", socket], { identity: ordinary, timeoutMs: 120_000 });
  t.after(async () => {
    agent.child.kill("SIGTERM");
    await agent.done;
  });
  await until("the agent", () => existsSync(socket));
  const added = await stage.outside(["ssh-add", "-q", at("lent"), at("other")], { env: { SSH_AUTH_SOCK: socket } });
  assert.equal(added.code, 0, describeResult(added));
  return socket;
}

interface Scene {
  readonly stage: Stage;
  readonly socket: string;
  readonly fingerprint: string;
  run(script: string, env?: Record<string, string>, flags?: readonly string[]): Promise<Result>;
  events(): string;
}

async function makeScene(t: TestContext, ssh: Record<string, unknown> = {}): Promise<Scene> {
  const stage = makeStage(t, ordinary);
  const socket = await openAgent(t, stage);
  copyFileSync(join(ROOT, "test/system/egress", THIEF), join(stage.workspace, THIEF));
  const listed = execFileSync("ssh-keygen", ["-l", "-f", at("lent.pub")], { encoding: "utf8" });
  const [, fingerprint = ""] = listed.split(" ");
  const allow = Object.entries(open.servers).map(([host, { port }]) => ({
    host,
    ports: [PORT],
    connect: `127.0.0.1:${port}`,
  }));
  const hosts = ["edwards.test", "elliptic.test", "rsa.test"];
  const secrets = { key: { ssh: { keys: [fingerprint], knownHosts: [at("known_hosts")], ...ssh }, hosts } };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network: { allow }, secrets }));
  return {
    stage,
    socket,
    fingerprint,
    run: (script, env = {}, flags = []) =>
      stage.inside(["bash", "-c", script], {
        flags: [...flags, "--quiet", "--events", stage.path("events")],
        env: { SSH_AUTH_SOCK: socket, ...env },
        timeoutMs: 60_000,
      }),
    events: () => readFileSync(stage.path("events"), "utf8"),
  };
}

const SSH = `ssh -F none -p ${PORT} -o BatchMode=yes -o ConnectTimeout=20`;

describe("a key of the ssh-agent", { skip: lack }, () => {
  test("logs in at each of its hosts, whatever kind of key the host has, and each time is told", async (t) => {
    const { run, events } = await makeScene(t);
    for (const host of ["edwards.test", "elliptic.test", "rsa.test"]) {
      const result = await run(`${SSH} ${ordinary.name}@${host} 'id -un'`);
      assert.equal(result.stdout, `${ordinary.name}\n`, describeResult(result));
      assert.match(events(), new RegExp(`"type":"secret.used","name":"key","host":"${host}"`));
    }
  });

  test("does so in another wall, too", async (t) => {
    const { run } = await makeScene(t);
    const result = await run(`${SSH} ${ordinary.name}@edwards.test 'id -un'`, {}, ["-b", "bubblewrap"]);
    assert.equal(result.stdout, `${ordinary.name}\n`, describeResult(result));
  });

  test("is listed, and no other; its comment names it as well", async (t) => {
    const { run, fingerprint } = await makeScene(t, { keys: ["lent"] });
    const listed = await run("ssh-add -l; ls -la $SSH_AUTH_SOCK");
    assert.ok(listed.stdout.includes(fingerprint), describeResult(listed));
    assert.doesNotMatch(listed.stdout, / other /);
  });

  test("works for git over ssh", async (t) => {
    const { stage, run } = await makeScene(t);
    const repository = stage.path("served");
    const make = `git init -q ${repository} && cd ${repository} && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first`;
    assert.equal((await stage.outside(["bash", "-c", make])).code, 0);
    const url = `ssh://${ordinary.name}@edwards.test:${PORT}${repository}`;
    const result = await run(`git clone -q ${url} copy && git -C copy log --format=%s`);
    assert.equal(result.stdout, "first\n", describeResult(result));
  });

  test("isn't for another host, though that has an account for it and can be reached", async (t) => {
    const { stage, run, events, socket } = await makeScene(t);
    const strange = open.servers["strange.test"]?.port;
    const known = `-o UserKnownHostsFile=${at("known_hosts")} -o HostKeyAlias=[strange.test]:${PORT}`;
    const outside = await stage.outside(
      ["bash", "-c", `ssh -F none -p ${strange} -o BatchMode=yes ${known} ${ordinary.name}@127.0.0.1 'echo in'`],
      { env: { SSH_AUTH_SOCK: socket } },
    );
    assert.equal(outside.stdout, "in\n", describeResult(outside));
    const result = await run(`${SSH} -o StrictHostKeyChecking=no ${ordinary.name}@strange.test 'echo in'`);
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, /Permission denied/, describeResult(result));
    assert.match(events(), /the ssh-agent was to sign a login at a host that the key isn't lent for/);
    assert.doesNotMatch(events(), /secret\.used/);
  });

  test("gives a hostile program nothing, where the agent itself gives it all", async (t) => {
    const { stage, run, events, socket } = await makeScene(t);
    const other = Buffer.from(readFileSync(at("other.pub"), "utf8").split(" ")[1] ?? "", "base64").toString("hex");
    const inside = await run(
      `python3 ${THIEF} ${other}; ssh-keygen -Y sign -n git -f lent.pub ${THIEF} || echo unsigned; ssh-add -D 2>&1`,
    );
    const [first = "", ...rest] = inside.stdout.split("\n");
    const told = JSON.parse(first);
    assert.deepEqual(told.keys, ["lent"]);
    const done = Object.entries(told.answers).filter(([, type]) => type !== 5 && type !== 0);
    assert.deepEqual(done, [], describeResult(inside));
    assert.match(rest.join("\n"), /unsigned/);
    assert.ok((events().match(/secret\.misused/g)?.length ?? 0) >= 10, events());
    const still = await stage.outside(["ssh-add", "-l"], { env: { SSH_AUTH_SOCK: socket } });
    assert.equal(still.stdout.trim().split("\n").length, 2, describeResult(still));
    // The very same requests, at the agent.
    const raw = await stage.outside(["python3", THIEF, other], { env: { SSH_AUTH_SOCK: socket } });
    const answers = JSON.parse(raw.stdout).answers;
    for (const name of ["signing a text", "signing with another key", "signing for another program"])
      assert.equal(answers[name], 14, `${name}: ${describeResult(raw)}`);
    for (const name of ["adding a key", "removing a key", "locking it"])
      assert.equal(answers[name], 6, `${name}: ${describeResult(raw)}`);
  });

  test("asks before it signs, where the policy says so; a no is one", async (t) => {
    const { stage, run } = await makeScene(t, { confirm: true });
    const askpass = stage.write(
      "askpass",
      `#!/bin/sh\necho "$1" >>${stage.path("asked")}\n[ -e ${stage.path("yes")} ]\n`,
      0o755,
    );
    mkdirSync(stage.path("quiet"));
    const login = `${SSH} ${ordinary.name}@edwards.test 'echo in'`;
    const refused = await run(login, { SSH_ASKPASS: askpass });
    assert.notEqual(refused.stdout, "in\n");
    assert.match(
      readFileSync(stage.path("asked"), "utf8"),
      /^Let the sandbox log in at edwards\.test with your key lent\?$/m,
    );
    stage.write("yes", "");
    assert.equal((await run(login, { SSH_ASKPASS: askpass })).stdout, "in\n");
    assert.notEqual((await run(login)).stdout, "in\n", "nobody to ask");
  });

  test("is taken back while the run goes on", async (t) => {
    const { stage, socket } = await makeScene(t);
    const login = `${SSH} ${ordinary.name}@edwards.test 'echo in'`;
    const script = `${login}; touch ready; until [ -e go ]; do sleep 0.05; done; ${login}`;
    const env = {
      SSH_AUTH_SOCK: socket,
      XDG_STATE_HOME: stage.path("state"),
      XDG_RUNTIME_DIR: stage.makeDirectory("runtime"),
    };
    chmodSync(env.XDG_RUNTIME_DIR, 0o700);
    const running = stage.startInside(["bash", "-c", script], { flags: ["--quiet", "--name", "lent"], env });
    await until("it was used", () => existsSync(join(stage.workspace, "ready")), 20_000);
    const revoked = await control(stage, ["secret", "revoke", "key"]);
    assert.equal(revoked.code, 0, describeResult(revoked));
    writeFileSync(join(stage.workspace, "go"), "");
    const result = await running.done;
    assert.equal(result.stdout, "in\n", describeResult(result));
  });

  test("for a host whose key nobody knows is a refusal that names its line", async (t) => {
    const { stage, socket } = await makeScene(t, { knownHosts: [] });
    const result = await stage.inside(["true"], { env: { SSH_AUTH_SOCK: socket }, refused: true });
    assert.match(result.stderr, /the host key of edwards\.test isn't in your known_hosts/);
  });
});
