// Agents with the user's own login: unmodified from npm, under their built-in profiles, with tokens that have just ended. They are renewed inside as
// the agent always does it, in the user's file, and nobody inside has them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { lchownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { AGENTS, openAgent } from "../support/agents/agent.js";
import { makeCertificates } from "../support/egress/certificates.js";
import { openTokenServer, type TokenSet, webToken } from "../support/egress/token-server.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { findInFiles, findInProcess, sandboxProcesses } from "../support/secret-memory.js";
import { makeStage } from "../support/stage.js";

const SAID = "Said by the model.";
const HOSTS = ["api.anthropic.com", "chatgpt.com", "cloudcode-pa.googleapis.com"];
const ENDPOINTS = ["platform.claude.com", "auth.openai.com", "oauth2.googleapis.com"];
const certificates = makeCertificates(makeSharedFolder(fileCleanup()), [...HOSTS, ...ENDPOINTS]);

interface Trial {
  readonly profile: string;
  readonly folder: string;
  readonly command: readonly string[];
  readonly secret: string;
  /** Of the file, from the agent's own folder on. */
  readonly file: string;
  /** What leads the agent to that folder, so that the user's real ones aren't touched. */
  readonly variables: (folder: string) => Record<string, string>;
  readonly document: (login: TokenSet) => unknown;
  readonly read: (document: Record<string, Record<string, string>>) => readonly (string | undefined)[];
  readonly other?: Readonly<Record<string, string>>;
}

async function tryLogin(t: TestContext, trial: Trial): Promise<void> {
  const { profile, folder, command } = trial;
  const lack = await lacking([join(AGENTS, folder, "bin", command[0] ?? "")]);
  if (lack !== undefined) {
    t.skip(lack);
    return;
  }
  const stage = makeStage(t, ordinary);
  const server = await openTokenServer(t, certificates);
  const login = server.issue("ada");
  server.expire(login.access_token);
  const place = join(ordinary.home, `.cordon-test-${randomBytes(4).toString("hex")}`);
  t.after(() => rmSync(place, { recursive: true, force: true }));
  const file = join(place, trial.file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(trial.document(login)), { mode: 0o600 });
  for (const path of [place, dirname(file), file]) lchownSync(path, ordinary.uid, ordinary.gid);
  const search: { inside?: () => readonly string[] } = {};
  let found: readonly string[] | undefined;
  const agent = await openAgent(t, stage, {
    profile,
    folder,
    hosts: HOSTS,
    certificates,
    model: () => {
      found = search.inside?.();
      return { text: SAID };
    },
    rules: ENDPOINTS.map((host) => ({ host, ports: [443], connect: `127.0.0.1:${server.port}` })),
    settings: {
      secrets: { [trial.secret]: { oauth: { file } } },
      process: { env: { set: { ...trial.variables(place), ...trial.other } } },
    },
  });
  const running = agent.start([], command);
  search.inside = () =>
    sandboxProcesses(running.pid).flatMap((pid) =>
      [login.refresh_token, ...currentTokens()].flatMap((token) => findInProcess(pid, token)),
    );
  const currentTokens = () =>
    trial.read(JSON.parse(readFileSync(file, "utf8"))).filter((each): each is string => each !== undefined);
  const result = await running.done;
  const log = `${describeResult(result)}\n${agent.providers.log.join("\n")}\n${server.seen.map(({ host, text }) => `${host} ${text}`).join("\n")}`;
  assert.ok(result.stdout.includes(SAID), log);
  const [access = "none", refresh = "none"] = trial.read(JSON.parse(readFileSync(file, "utf8")));
  assert.equal(server.ownerOf(access), "ada", log);
  assert.notEqual(refresh, login.refresh_token, log);
  assert.equal(agent.providers.received.at(-1)?.key, access, log);
  assert.deepEqual(found, [], "no token is in a process inside");
  for (const token of [access, refresh, login.refresh_token]) assert.deepEqual(findInFiles(agent.home, token), []);
}

test("Claude Code goes on with the user's subscription", { timeout: 90_000 }, async (t) => {
  await tryLogin(t, {
    profile: "claude-code",
    folder: "claude",
    command: ["claude", "-p", "Say something"],
    secret: "claude-account",
    file: ".credentials.json",
    variables: (folder) => ({ CLAUDE_CONFIG_DIR: folder }),
    document: ({ access_token, refresh_token }) => ({
      claudeAiOauth: {
        accessToken: access_token,
        refreshToken: refresh_token,
        expiresAt: Date.now() - 60_000,
        scopes: ["user:inference", "user:profile"],
        subscriptionType: "max",
      },
    }),
    read: ({ claudeAiOauth }) => [claudeAiOauth?.["accessToken"], claudeAiOauth?.["refreshToken"]],
  });
});

test("Codex goes on with the user's account", { timeout: 90_000 }, async (t) => {
  await tryLogin(t, {
    profile: "codex",
    folder: "codex",
    command: ["codex", "exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "Say something"],
    secret: "codex-account",
    file: "auth.json",
    variables: (folder) => ({ CODEX_HOME: folder }),
    document: ({ access_token, refresh_token }) => ({
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: { access_token, refresh_token, id_token: identity(), account_id: "account-1" },
      last_refresh: "2026-01-01T00:00:00.000000Z",
    }),
    read: ({ tokens }) => [tokens?.["access_token"], tokens?.["refresh_token"]],
  });
});

function identity(): string {
  const claims = { chatgpt_plan_type: "plus", chatgpt_account_id: "account-1", chatgpt_user_id: "user-1" };
  return webToken({ email: "ada@example.org", exp: 1_900_000_000, "https://api.openai.com/auth": claims });
}

test("Gemini CLI goes on with the user's account", { timeout: 90_000 }, async (t) => {
  await tryLogin(t, {
    profile: "gemini-cli",
    folder: "gemini",
    command: ["gemini", "--yolo", "--skip-trust", "-p", "Say something"],
    secret: "gemini-account",
    file: ".gemini/oauth_creds.json",
    variables: (folder) => ({ GEMINI_CLI_HOME: folder }),
    other: { GOOGLE_GENAI_USE_GCA: "true" },
    document: ({ access_token, refresh_token, id_token }) => ({
      access_token,
      refresh_token,
      id_token,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      token_type: "Bearer",
      expiry_date: Date.now() - 60_000,
    }),
    read: (document) => [String(document["access_token"]), String(document["refresh_token"])],
  });
});

test("Codex logs in inside, by another device, and holds no token", { timeout: 90_000 }, async (t) => {
  const lack = await lacking([join(AGENTS, "codex/bin/codex")]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const server = await openTokenServer(t, certificates);
  const place = join(ordinary.home, `.cordon-test-${randomBytes(4).toString("hex")}`);
  const agent = await openAgent(t, stage, {
    profile: "codex",
    folder: "codex",
    hosts: HOSTS,
    certificates,
    model: () => ({ text: SAID }),
    rules: ENDPOINTS.map((host) => ({ host, ports: [443], connect: `127.0.0.1:${server.port}` })),
    settings: {
      secrets: { "codex-account": { oauth: { file: join(place, "auth.json") } } },
      process: { env: { set: { CODEX_HOME: place } } },
    },
  });
  await agent.run([], ["mkdir", "-p", place]);
  const made = await agent.run([], ["codex", "login", "--device-auth"]);
  const log = `${describeResult(made)}\n${server.seen.map(({ host, text }) => `${host} ${text}`).join("\n")}`;
  assert.equal(made.code, 0, log);
  const answered = await agent.run(
    [],
    ["codex", "exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "Say something"],
  );
  assert.ok(answered.stdout.includes(SAID), `${describeResult(answered)}\n${log}`);
  const token = agent.providers.received.at(-1)?.key ?? "none";
  assert.equal(server.ownerOf(token), "grace");
  assert.deepEqual(findInFiles(agent.home, token), []);
  assert.equal(findInFiles(stage.path("state"), token).length, 1, "it is in Cordon's state");
  return undefined;
});
