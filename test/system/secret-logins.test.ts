// Logins whose tokens stay outside: the user's own, used and renewed inside, and one that is made inside. Judged by what the server was sent, by
// the user's file, and by a search of everything that is visible inside.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { openTokenServer, type TokenServer, type TokenSet } from "../support/egress/token-server.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, type Result } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { findInFiles, findInProcess, sandboxProcesses } from "../support/secret-memory.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const CLIENT = "login-client.py";
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; server: TokenServer };

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["auth.test", "api.test", "other.test"]);
  open.server = await openTokenServer(cleanup, open.certificates);
});

interface Scene {
  readonly stage: Stage;
  /** The user's own login, at the same place inside. */
  readonly file: string;
  /** What is kept of the home inside. */
  readonly home: string;
  readonly outside: () => { readonly tokens: TokenSet; readonly [name: string]: unknown };
  run(command: string, env?: Record<string, string>, flags?: readonly string[]): Promise<Result>;
}

function makeScene(t: TestContext, more: { readonly home?: "persistent"; readonly login?: TokenSet } = {}): Scene {
  const stage = makeStage(t, ordinary);
  copyFileSync(join(ROOT, "test/system/egress", CLIENT), join(stage.workspace, CLIENT));
  const name = `test-login-${randomBytes(4).toString("hex")}`;
  const folder = join(ordinary.home, `.${name}`);
  const home = join(ordinary.home, ".local/share/cordon/homes", name);
  for (const path of [folder, home]) t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  const file = join(folder, "auth.json");
  if (more.login !== undefined) {
    mkdirSync(folder, { mode: 0o700 });
    const document = {
      mode: "account",
      other_key: stage.secret,
      tokens: { ...more.login },
      last: "2026-01-01T00:00:00.000Z",
    };
    writeFileSync(file, JSON.stringify(document, null, 2), { mode: 0o600 });
    for (const path of [folder, file]) lchownSync(path, ordinary.uid, ordinary.gid);
  }
  const connect = `127.0.0.1:${open.server.port}`;
  const allow = ["auth.test", "api.test", "other.test"].map((host) => ({ host, ports: [443], connect, inspect: true }));
  const oauth = {
    endpoints: ["auth.test/oauth/token"],
    file,
    share: true,
    access: "tokens.access_token",
    refresh: "tokens.refresh_token",
    id: "tokens.id_token",
    refreshed: "last",
    keep: ["mode"],
  };
  const policy = {
    version: 1,
    name,
    network: { allow, upstreamCa: [open.certificates.authority] },
    secrets: { account: { oauth, hosts: ["api.test"] } },
    ...(more.home === undefined ? {} : { filesystem: { home: more.home } }),
  };
  stage.write("policy.yaml", JSON.stringify(policy));
  stage.own(stage.workspace);
  return {
    stage,
    file,
    home,
    outside: () => JSON.parse(readFileSync(file, "utf8")),
    run: (command, env = {}, more = []) =>
      stage.inside(["/usr/bin/python3", CLIENT, file, command], {
        flags: [
          ...more,
          "--quiet",
          "--events",
          stage.path("events"),
          ...Object.keys(env).flatMap((key) => ["--env", key]),
        ],
        env: { XDG_STATE_HOME: stage.path("state"), ...env },
      }),
  };
}

const tokensOf = ({ access_token, refresh_token, id_token }: TokenSet): readonly string[] => [
  access_token,
  refresh_token,
  id_token,
];

function assertNothingShown(text: string, login: TokenSet): void {
  for (const token of tokensOf(login)) assert.ok(!text.includes(token) && !text.includes(token.slice(-40)), text);
}

const told = (stage: Stage, pattern: RegExp): number =>
  (readFileSync(stage.path("events"), "utf8").match(pattern) ?? []).length;

describe("a login of the user's own", () => {
  test("outside its file has the tokens; inside it has placeholders, which work, and nothing else of it", async (t) => {
    const login = open.server.issue("ada");
    const { stage, file, run, outside } = makeScene(t, { login });
    const read = await stage.outside(["cat", file]);
    for (const token of [...tokensOf(login), stage.secret]) assert.ok(read.stdout.includes(token));
    const shown = await run("file");
    assertNothingShown(shown.stdout, login);
    const inside = JSON.parse(shown.stdout);
    assert.deepEqual([inside.mode, inside.other_key, inside.last], ["account", undefined, outside()["last"]]);
    assert.match(inside.tokens.access_token, /^at-test-[0-9a-f]{48}$/);
    const claims = JSON.parse(Buffer.from(inside.tokens.id_token.split(".")[1], "base64url").toString());
    assert.deepEqual([claims.email, claims.exp], ["ada@example.org", 1_900_000_000]);
    const answered = await run("me");
    assert.match(answered.stdout, /"account":"ada"/, describeResult(answered));
    assertNothingShown(answered.stdout, login);
    assert.equal(told(stage, /"type":"secret\.used","name":"account","host":"api\.test"/g), 1);
  });

  test("works in another wall, too", async (t) => {
    const login = open.server.issue("ada");
    const { run } = makeScene(t, { login });
    const answered = await run("me", {}, ["-b", "bubblewrap"]);
    assert.match(answered.stdout, /"account":"ada"/, describeResult(answered));
    assertNothingShown(answered.stdout, login);
  });

  for (const way of ["renew", "renew-by-form"])
    test(`renewed inside (${way}) it is new outside, works there, and its tokens were never inside`, async (t) => {
      const login = open.server.issue("ada");
      const { stage, file, run, outside } = makeScene(t, { login });
      const answered = await run(way);
      const after = outside();
      assert.equal(answered.code, 0, describeResult(answered));
      for (const token of tokensOf(after.tokens)) assert.ok(!tokensOf(login).includes(token));
      assert.equal(open.server.ownerOf(after.tokens.access_token), "ada");
      assert.deepEqual([after["mode"], after["other_key"]], ["account", stage.secret]);
      assert.ok(Date.parse(String(after["last"])) > Date.parse("2026-02-01"));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(statSync(file).uid, ordinary.uid);
      assertNothingShown(answered.stdout, login);
      assertNothingShown(answered.stdout, after.tokens);
      assert.match(answered.stdout, /"access_token": "at-test-/);
      assert.deepEqual(
        open.server.seen.filter(({ host, text }) => host !== "auth.test" && text.includes(login.refresh_token)),
        [],
      );
      assertNothingShown(readFileSync(stage.path("events"), "utf8"), after.tokens);
      // Whoever uses it outside isn't logged out.
      const script = `curl -sS --cacert ${open.certificates.authority} --connect-to api.test:443:127.0.0.1:${open.server.port} -H "authorization: Bearer ${after.tokens.access_token}" https://api.test/me`;
      assert.match((await stage.outside(["bash", "-c", script])).stdout, /"account":"ada"/);
    });

  test("renewed outside in the middle of a run, it goes on inside", async (t) => {
    const [login, next] = [open.server.issue("ada"), open.server.issue("ada")];
    const { stage, file } = makeScene(t, { login });
    const script = `python3 ${CLIENT} ${file} me; touch ready; until [ -e go ]; do sleep 0.05; done; python3 ${CLIENT} ${file} me`;
    const running = stage.startInside(["bash", "-c", script], { flags: ["--quiet"] });
    await until("it was used", () => existsSync(join(stage.workspace, "ready")), 20_000);
    open.server.expire(login.access_token);
    writeFileSync(file, JSON.stringify({ tokens: next }));
    writeFileSync(join(stage.workspace, "go"), "");
    const result = await running.done;
    assert.equal(result.stdout.match(/"account":"ada"/g)?.length, 2, describeResult(result));
    assertNothingShown(result.stdout, next);
  });

  test("a hostile program gets no token, and doesn't get its own into the user's file", async (t) => {
    const login = open.server.issue("ada");
    const attacker = open.server.issue("mallory");
    const { stage, run, outside } = makeScene(t, { login });
    // With the tokens in its hands it gets what it wants: the way in which it asks is right.
    const bare = stage.write("bare/auth.json", JSON.stringify({ tokens: open.server.issue("bare") }));
    const raw = await stage.outside(["/usr/bin/python3", CLIENT, bare, "attacks"], {
      env: {
        OWN_REFRESH: open.server.issue("mallory").refresh_token,
        CURL_OPTIONS: `--cacert ${open.certificates.authority} --connect-to ::127.0.0.1:${open.server.port}`,
      },
    });
    const owners = (raw.stdout.match(/at-test-[0-9a-f]{48}/g) ?? []).map((token) => open.server.ownerOf(token));
    for (const owner of ["mallory", "attacker", "bare"]) assert.ok(owners.includes(owner), describeResult(raw));
    assert.ok(owners.filter((owner) => owner === "user").length >= 6, describeResult(raw));
    const from = open.server.seen.length;
    const result = await run("attacks", { OWN_REFRESH: attacker.refresh_token });
    assert.equal(result.code, 0, describeResult(result));
    const answers = result.stdout
      .trim()
      .split("\n")
      .map((line): [string, string] => JSON.parse(line));
    assert.ok(answers.length >= 20, `${answers.length} attempts`);
    const { tokens } = outside();
    assert.equal(open.server.ownerOf(tokens.access_token), "ada", JSON.stringify(answers, null, 1));
    assertNothingShown(result.stdout, login);
    assertNothingShown(result.stdout, tokens);
    // Also no token that was given out for a code, at whatever spelling of the path.
    const shown = result.stdout.match(/[ar]t-test-[0-9a-f]{48}/g) ?? [];
    assert.deepEqual(
      shown.filter((token) => open.server.ownerOf(token) === "user" || open.server.ownerOf(token) === "ada"),
      [],
    );
    const elsewhere = open.server.seen.slice(from).filter(({ host }) => host === "other.test" || host === "api.test");
    for (const { text } of elsewhere) assertNothingShown(text, login);
    assert.ok(told(stage, /"secret\.misused"/g) >= 2);
    const survived = open.server.seen
      .slice(from)
      .filter(({ text }) => text.includes("/revoke") && text.includes(login.refresh_token));
    assert.deepEqual(survived, []);
  });
});

describe("a login that is made inside", () => {
  test("works in this run and the next; its tokens are in Cordon's state alone", async (t) => {
    const { stage, file, home, run } = makeScene(t, { home: "persistent" });
    const made = await run("login:grace");
    assert.equal(made.code, 0, describeResult(made));
    assert.ok(!existsSync(file), "nothing of it gets into the user's own home");
    for (const command of ["me", "renew", "me"]) {
      const answered = await run(command);
      if (command === "me") assert.match(answered.stdout, /"account":"grace"/, describeResult(answered));
    }
    const [kept = "none", ...more] = findInFiles(stage.path("state"), '"own":true');
    assert.deepEqual(more, []);
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    const real: TokenSet = Object.fromEntries(
      Object.entries(JSON.parse(readFileSync(kept, "utf8")).roles).map(([role, token]) => [
        `${role}_token`,
        (token as { value: string }).value,
      ]),
    ) as unknown as TokenSet;
    assert.equal(open.server.ownerOf(real.access_token), "grace");
    for (const token of tokensOf(real)) assert.deepEqual(findInFiles(home, token), []);
    const stolen = await stage.inside(["cat", kept], { env: { XDG_STATE_HOME: stage.path("state") } });
    assert.notEqual(stolen.code, 0);
  });

  test("is in no process of the sandbox while it is used", async (t) => {
    const { stage, file } = makeScene(t, { home: "persistent" });
    const before = open.server.seen.length;
    const script = `python3 ${CLIENT} ${file} login:grace; python3 ${CLIENT} ${file} renew; python3 ${CLIENT} ${file} me; echo ready; sleep 30`;
    const running = stage.startInside(["bash", "-c", script], {
      flags: ["--quiet"],
      env: { XDG_STATE_HOME: stage.path("state") },
    });
    t.after(async () => {
      running.child.kill("SIGTERM");
      await running.done;
    });
    await until("it was used", () => running.output().includes("ready"), 20_000);
    const token = /Bearer (at-test-\w+)/.exec(open.server.seen.slice(before).at(-1)?.text ?? "")?.[1] ?? "none";
    assert.equal(open.server.ownerOf(token), "grace");
    assert.deepEqual(
      sandboxProcesses(running.pid).flatMap((pid) => findInProcess(pid, token)),
      [],
    );
  });

  test("isn't written to the user's own file, and goes before it until it is given up", async (t) => {
    const login = open.server.issue("ada");
    const { file, home, run, outside } = makeScene(t, { home: "persistent", login });
    assert.match((await run("me")).stdout, /"account":"ada"/);
    assert.equal((await run("login:grace")).code, 0);
    assert.deepEqual(outside().tokens.refresh_token, login.refresh_token);
    assert.match((await run("me")).stdout, /"account":"grace"/);
    rmSync(join(home, file.slice(ordinary.home.length)));
    assert.match((await run("me")).stdout, /"account":"ada"/);
  });

  test("from before its tokens were kept outside, they are taken out of the home", async (t) => {
    const old = open.server.issue("old");
    const { file, home, run, stage } = makeScene(t, { home: "persistent" });
    await run("login:other");
    const kept = join(home, file.slice(ordinary.home.length));
    rmSync(stage.path("state"), { recursive: true });
    writeFileSync(kept, JSON.stringify({ tokens: old }));
    assert.match((await run("me")).stdout, /"account":"old"/);
    for (const token of tokensOf(old)) assert.deepEqual(findInFiles(home, token), []);
  });
});
