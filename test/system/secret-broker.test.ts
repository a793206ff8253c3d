// Keys that the command uses and never holds. Judged by what the servers received, and by a search of everything that is visible inside.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { type KeyServer, openKeyServer } from "../support/egress/key-server.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import {
  FEWEST_PROCESSES,
  findInFiles,
  findInProcess,
  sandboxProcesses,
  searchedBytes,
} from "../support/secret-memory.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const KEY = `sk-ant-api03-${randomBytes(45).toString("hex")}-AA`;
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; server: KeyServer };

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["api.test", "echo.test", "other.test"]);
  open.server = await openKeyServer(cleanup, open.certificates);
});

function policyOf(stage: Stage, secrets: unknown, more: Record<string, unknown> = {}): void {
  const { tlsPort, plainPort } = open.server;
  const rules = ["api.test", "echo.test"].flatMap((host) => [
    { host, ports: [443], connect: `127.0.0.1:${tlsPort}`, ...(host === "echo.test" ? { inspect: true } : {}) },
    { host, ports: [80], connect: `127.0.0.1:${plainPort}` },
  ]);
  const network = { allow: rules, upstreamCa: [open.certificates.authority] };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets, ...more }));
}

const ANTHROPIC = {
  anthropic: { from: "env:ANTHROPIC_API_KEY", env: "ANTHROPIC_API_KEY", hosts: ["api.test"], ttl: "1h" },
};

interface Told {
  readonly result: Awaited<ReturnType<Stage["inside"]>>;
  readonly events: readonly Record<string, unknown>[];
  readonly record: string;
}

async function inside(
  stage: Stage,
  script: string,
  env: Record<string, string> = { ANTHROPIC_API_KEY: KEY },
): Promise<Told> {
  const events = stage.path("events");
  const flags = ["--quiet", "--events", events, "--set", `audit.dir=${stage.path("state")}`];
  const result = await stage.inside(["bash", "--norc", "-c", script], { flags, env });
  const text = existsSync(events) ? readFileSync(events, "utf8") : "";
  return {
    result,
    events: text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
    record: text,
  };
}

const told = (events: Told["events"], type: string) => events.filter((event) => event["type"] === type);
const BEARER = `-H "authorization: Bearer $ANTHROPIC_API_KEY"`;

for (const identity of identities) {
  describe(`a brokered key, as ${identity.name}`, () => {
    test("outside, the command holds the key; inside, a placeholder of the same form", async (t) => {
      const stage = makeStage(t, identity);
      policyOf(stage, ANTHROPIC);
      const show = ["sh", "-c", 'echo "$ANTHROPIC_API_KEY"'];
      assert.equal((await stage.outside(show, { env: { ANTHROPIC_API_KEY: KEY } })).stdout.trim(), KEY);
      const first = (await inside(stage, 'echo "$ANTHROPIC_API_KEY"')).result.stdout.trim();
      const second = (await inside(stage, 'echo "$ANTHROPIC_API_KEY"')).result.stdout.trim();
      for (const placeholder of [first, second])
        assert.match(placeholder, /^sk-ant-api03-[0-9a-zA-Z]{90}-[0-9a-zA-Z]{2}$/);
      assert.notEqual(first, KEY);
      assert.notEqual(first, second);
    });

    test("the server gets the key; nothing inside ever has it, and each use is told", async (t) => {
      const stage = makeStage(t, identity);
      policyOf(stage, ANTHROPIC);
      const seen = open.server.seen.length;
      const { result, events, record } = await inside(
        stage,
        `curl -sS -i ${BEARER} -H "x-api-key: $ANTHROPIC_API_KEY" https://api.test/echo`,
      );
      assert.equal(result.code, 0, describeResult(result));
      assert.ok(
        open.server.seen.slice(seen).some(({ text }) => text.includes(`Bearer ${KEY}`)),
        describeResult(result),
      );
      assert.match(result.stdout, /x-seen-authorization: Bearer sk-ant-api03-/i);
      assert.ok(!result.stdout.includes(KEY) && !record.includes(KEY) && !result.stderr.includes(KEY));
      assert.deepEqual(
        told(events, "secret.used").map(({ name, host }) => [name, host]),
        [["anthropic", "api.test"]],
      );
      assert.deepEqual(findInFiles(stage.path("state"), KEY), []);
    });
  });
}

describe("a brokered key", () => {
  const ways: readonly (readonly [name: string, options: string])[] = [
    ["HTTP/2", `--http2 ${BEARER} https://api.test/`],
    ["Basic authentication", `-u "x-access-token:$ANTHROPIC_API_KEY" https://api.test/`],
    ["a parameter of the query", `"https://api.test/?key=$ANTHROPIC_API_KEY"`],
    ["a JSON body", `--json "{\\"api_key\\":\\"$ANTHROPIC_API_KEY\\",\\"x\\":1}" https://api.test/`],
    ["a form", `-d "refresh_token=$ANTHROPIC_API_KEY&x=1" https://api.test/`],
    ["a cookie", `-b "session=$ANTHROPIC_API_KEY" https://api.test/`],
  ];
  for (const [name, options] of ways) {
    test(`goes by ${name}`, async (t) => {
      const stage = makeStage(t, ordinary);
      policyOf(stage, ANTHROPIC);
      const before = open.server.seen.length;
      const { result, events } = await inside(stage, `curl -sS -i ${options}`);
      assert.equal(result.code, 0, describeResult(result));
      const decoded = open.server.seen
        .slice(before)
        .map(({ text }) =>
          text.replace(/Basic (\S+)/i, (_all, word: string) => Buffer.from(word, "base64").toString()),
        );
      assert.ok(
        decoded.some((text) => text.includes(KEY)),
        `${describeResult(result)}\n${decoded.join("\n")}`,
      );
      assert.equal(told(events, "secret.used").length, 1);
      const back = Buffer.from(/Basic (\S+)/.exec(result.stdout)?.[1] ?? "", "base64").toString();
      assert.ok(!result.stdout.includes(KEY) && !back.includes(KEY), describeResult(result));
    });
  }

  test("isn't found in any memory, environment or file of the sandbox while it is used", async (t) => {
    const stage = makeStage(t, ordinary);
    policyOf(stage, ANTHROPIC);
    const script = `for i in 1 2 3; do curl -sS ${BEARER} https://api.test/echo >>answer; done; marker=visible-$((40+2)); echo ready; exec sleep 60`;
    const running = stage.startInside(["bash", "--norc", "-c", script], {
      env: { ANTHROPIC_API_KEY: KEY },
      flags: ["--quiet"],
    });
    t.after(async () => {
      running.child.kill("SIGTERM");
      await running.done;
    });
    await until(`ready in ${running.errors()}`, () => running.output().includes("ready"), 20_000);
    const pids = sandboxProcesses(running.pid);
    assert.ok(pids.length >= FEWEST_PROCESSES, `only ${pids.join(", ")}`);
    for (const pid of pids) assert.ok(searchedBytes(pid) > 10_000, `the memory of ${pid} can't be read`);
    // What must be found shows that the search finds things.
    const placeholder =
      /sk-ant-api03-[0-9a-zA-Z]+-[0-9a-zA-Z]{2}/.exec(readFileSync(`${stage.workspace}/answer`, "latin1"))?.[0] ??
      "none";
    assert.ok(pids.some((pid) => findInProcess(pid, placeholder).length > 0));
    assert.deepEqual(
      pids.flatMap((pid) => findInProcess(pid, KEY)),
      [],
    );
    assert.deepEqual(findInFiles(stage.workspace, KEY), []);
  });

  test("is for its hosts only: elsewhere the placeholder is refused and told", async (t) => {
    const stage = makeStage(t, ordinary);
    policyOf(stage, ANTHROPIC);
    const before = open.server.seen.length;
    const { result, events } = await inside(
      stage,
      `curl -sS ${BEARER} https://echo.test/; curl -sS ${BEARER} http://echo.test/; curl -sS ${BEARER} http://api.test/`,
    );
    assert.match(result.stdout, /the placeholder of the secret anthropic/);
    assert.match(
      result.stdout,
      /plain HTTP to api\.test:80 isn't allowed, since a secret of the policy is for this host/,
    );
    assert.deepEqual(open.server.seen.slice(before), []);
    assert.equal(told(events, "alert").filter(({ on }) => on === "secret.misused").length, 2);
    assert.equal(told(events, "secret.used").length, 0);
  });

  test("its value, seen leaving, is refused wherever it goes", async (t) => {
    const stage = makeStage(t, ordinary);
    policyOf(stage, ANTHROPIC);
    stage.write("workspace/found", KEY);
    const before = open.server.seen.length;
    const { result } = await inside(
      stage,
      'curl -sS --data-binary @found https://echo.test/; curl -sS -H "x-api-key: $(cat found)" https://api.test/',
    );
    assert.equal(result.stdout.match(/the value of the secret anthropic/g)?.length, 2, describeResult(result));
    assert.deepEqual(
      open.server.seen.slice(before).filter(({ text }) => text.includes(KEY)),
      [],
    );
  });

  test("a missing one is a refusal that names its line; an optional one is left out", async (t) => {
    const stage = makeStage(t, ordinary);
    policyOf(stage, ANTHROPIC);
    const refused = await stage.inside(["true"], { refused: true });
    assert.match(
      refused.stderr,
      /policy\.yaml:1:\d+.*the secret anthropic can't be had: \$ANTHROPIC_API_KEY isn't set/,
    );
    policyOf(stage, { anthropic: { ...ANTHROPIC.anthropic, optional: true } });
    const { result } = await inside(stage, 'echo "$ANTHROPIC_API_KEY"; curl -sS https://api.test/', {});
    assert.match(result.stdout, /^\nGET \//);
  });

  test("a value in the command's words or in another variable is a refusal", async (t) => {
    const stage = makeStage(t, ordinary);
    policyOf(stage, ANTHROPIC);
    const env = { ANTHROPIC_API_KEY: KEY, COPY: KEY };
    const words = await stage.inside(["echo", KEY], { env, refused: true });
    assert.match(words.stderr, /the value of the secret anthropic stands in the command's words/);
    const copied = await stage.inside(["true"], { env, refused: true, flags: ["--env", "COPY"] });
    assert.match(copied.stderr, /\$COPY has the value of the secret anthropic/);
    assert.ok(!words.stderr.includes(KEY) && !copied.stderr.includes(KEY));
  });

  test("from a file and from a program", async (t) => {
    const stage = makeStage(t, ordinary);
    const file = stage.write("key", `${KEY}\n`, 0o600);
    for (const from of [`file:${file}`, `command:cat ${file}`]) {
      policyOf(stage, { anthropic: { ...ANTHROPIC.anthropic, from } });
      const before = open.server.seen.length;
      const { result } = await inside(stage, `cat ${file}; curl -sS ${BEARER} https://api.test/silent`, {});
      assert.equal(result.stdout, "ok", describeResult(result));
      assert.ok(open.server.seen.slice(before).some(({ text }) => text.includes(`Bearer ${KEY}`)));
    }
  });
});
