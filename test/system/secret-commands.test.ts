// `cordon secret`: keys that are stored, lent to running sandboxes, and taken from them while they work.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { type KeyServer, openKeyServer } from "../support/egress/key-server.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { control, startRun } from "../support/live-run.js";
import { findInFiles } from "../support/secret-memory.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const newKey = (): string => `sk-live-${randomBytes(20).toString("hex")}`;
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; server: KeyServer };
const BEARER = '-H "authorization: Bearer $API_KEY"';

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["api.test"]);
  open.server = await openKeyServer(cleanup, open.certificates);
});

function policy(stage: Stage, secrets: unknown = {}): void {
  const allow = [{ host: "api.test", ports: [443], connect: `127.0.0.1:${open.server.tlsPort}` }];
  const network = { allow, upstreamCa: [open.certificates.authority] };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets }));
}

describe("cordon secret", () => {
  test("stores a key that only its owner can read, lends it to a run, and lists neither value", async (t) => {
    const stage = makeStage(t, ordinary);
    const key = newKey();
    const added = await control(stage, ["secret", "add", "live", "--host", "api.test", "--variable", "API_KEY"], {
      input: `${key}\n`,
    });
    assert.equal(added.code, 0, describeResult(added));
    const [file = "none", ...more] = findInFiles(stage.root, key);
    assert.deepEqual(more, []);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const listed = await control(stage, ["secret", "ls"]);
    assert.match(listed.stdout, /^NAME.*\nlive +stored +API_KEY +api\.test\n$/);
    policy(stage);
    const env = { XDG_STATE_HOME: stage.path("state") };
    const result = await stage.inside(["bash", "-c", `cat ${file}; curl -sS ${BEARER} https://api.test/silent`], {
      flags: ["--secret", "live", "--quiet"],
      env,
    });
    assert.equal(result.stdout, "ok", describeResult(result));
    assert.deepEqual(open.server.receivers(key), ["api.test (TLS)"]);
    const unknown = await stage.inside(["true"], { flags: ["--secret", "other"], env, refused: true });
    assert.match(unknown.stderr, /there is no secret "other".*cordon secret add other/);
    assert.equal((await control(stage, ["secret", "rm", "live"])).code, 0);
    assert.ok(!existsSync(file));
  });

  test("a value is never taken from the words of a command", async (t) => {
    const stage = makeStage(t, ordinary);
    const result = await control(stage, ["secret", "add", "live", newKey(), "--host", "api.test"], { input: "" });
    assert.equal(result.code, 125);
    assert.match(result.stderr, /secret add takes one name/);
  });

  test("a key that is revoked in the middle of an answer isn't used for the next request, which is told why", async (t) => {
    const stage = makeStage(t, ordinary);
    const key = newKey();
    const source = stage.write("key", key, 0o600);
    policy(stage, { live: { from: `file:${source}`, env: "API_KEY", hosts: ["api.test"], ttl: "1h" } });
    const script = [
      `curl -sSN ${BEARER} https://api.test/slow >stream & echo ready`,
      "until [ -e go ]; do sleep 0.1; done",
      `curl -sS -w '%{http_code}\\n' ${BEARER} https://api.test/silent`,
      "curl -sS https://api.test/let-go >/dev/null; wait; cat stream",
    ].join("\n");
    const live = await startRun(stage, script);
    const stream = `${stage.workspace}/stream`;
    await until("the answer has begun", () => existsSync(stream) && readFileSync(stream, "utf8") === "begin\n", 20_000);
    const before = await control(stage, ["secret", "leases"]);
    assert.match(
      before.stdout,
      /^RUN.*\nlive-\S+ +live +live +(?:1h|59m\S*) +1 +0 +api\.test\n$/,
      describeResult(before),
    );
    const revoked = await control(stage, ["secret", "revoke", "live", "live"]);
    assert.equal(revoked.code, 0, describeResult(revoked));
    assert.match((await control(stage, ["secret", "leases"])).stdout, / revoked /);
    writeFileSync(`${stage.workspace}/go`, "");
    const result = await live.running.done;
    assert.match(
      result.stdout,
      /the secret live isn't put into this request: it was revoked[\s\S]*403\nbegin\nend\n/,
      describeResult(result),
    );
    assert.equal(open.server.seen.filter(({ text }) => text.includes(key)).length, 1);
    const nobody = await control(stage, ["secret", "revoke", "live"]);
    assert.match(nobody.stderr, /no running sandbox has a secret "live"/);
  });

  test("a key that changes in the middle of an answer is used when the server doesn't take the old one any more", async (t) => {
    const stage = makeStage(t, ordinary);
    const [first, second] = [newKey(), newKey()];
    const source = stage.write("key", first, 0o600);
    policy(stage, { live: { from: `file:${source}`, env: "API_KEY", hosts: ["api.test"] } });
    const ask = `curl -sS ${BEARER} "https://api.test/only?end=${second.slice(-4)}"; echo`;
    const script = `curl -sSN ${BEARER} https://api.test/slow >stream & echo ready; until [ -e go ]; do sleep 0.1; done; ${ask}; ${ask}; curl -sS https://api.test/let-go >/dev/null; wait`;
    const live = await startRun(stage, script);
    const stream = `${stage.workspace}/stream`;
    await until("the answer has begun", () => existsSync(stream), 20_000);
    writeFileSync(source, second);
    writeFileSync(`${stage.workspace}/go`, "");
    const result = await live.running.done;
    assert.match(result.stdout, /^ready\nexpired\naccepted\n$/, describeResult(result));
    assert.deepEqual(open.server.receivers(second), ["api.test (TLS)"]);
  });

  test("what a program found elsewhere is taken out of the record of what was executed", async (t) => {
    const stage = makeStage(t, ordinary);
    const key = newKey();
    const source = stage.write("key", key, 0o600);
    policy(stage, { live: { from: `file:${source}`, env: "API_KEY", hosts: ["api.test"] } });
    stage.write("workspace/found", key);
    const events = stage.path("events");
    const result = await stage.inside(["bash", "-c", 'env printf %s "$(cat found)"'], { flags: ["--events", events] });
    assert.equal(result.stdout, key);
    const record = readFileSync(events, "utf8");
    assert.ok(!record.includes(key));
    assert.match(record, /"printf","%s","\[the secret live\]"/);
  });
});

describe("after a run", () => {
  test("--summary tells what was denied and the line that would allow it; a script's stderr isn't spoilt with it", async (t) => {
    const stage = makeStage(t, ordinary);
    policy(stage);
    const script = "curl -sS https://pypi.test/ https://api.test:8443/ >/dev/null 2>&1; exit 3";
    const told = await stage.inside(["bash", "-c", script], { flags: ["--summary"] });
    assert.equal(told.code, 3);
    assert.match(
      told.stderr,
      /add to network\.allow in \S+policy\.yaml:\ncordon: {3}- pypi\.test\n/,
      describeResult(told),
    );
    assert.match(told.stderr, /or for one run: --allow pypi\.test/);
    const silent = await stage.inside(["bash", "-c", script]);
    assert.doesNotMatch(silent.stderr, /network\.allow/);
    const quiet = await stage.inside(["bash", "-c", script], { flags: ["--summary", "--quiet"] });
    assert.equal(quiet.stderr, "");
    const allowed = await stage.inside(["bash", "-c", "curl -sS https://pypi.test/"], {
      flags: ["--allow", "pypi.test"],
    });
    assert.doesNotMatch(allowed.stderr, /isn't allowed by the policy/);
  });
});
