// A hostile program tries to get the key that it may use, or to have it sent where it doesn't belong (egress/key-thief.py). Each way is first
// shown to work with the key in the program's hands. Judged by what the servers received, by what came back, in any spelling.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { type KeyServer, openKeyServer } from "../support/egress/key-server.js";
import { listen } from "../support/egress/origin.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, type Result } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const KEY = `sk-live-${randomBytes(24).toString("base64url").replace(/[-_]/g, "x")}`;
const PYTHON = "/usr/bin/python3";
const THIEF = "key-thief.py";
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; server: KeyServer; impostor: { readonly port: number; seen: string } };

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["api.test", "echo.test"]);
  open.server = await openKeyServer(cleanup, open.certificates);
  open.impostor = await openImpostor();
});

/** Answers for a host of the key without being it: nobody trusts who signed for it. */
async function openImpostor(): Promise<{ readonly port: number; seen: string }> {
  const other = makeCertificates(makeSharedFolder(cleanup), ["badcert.test"]);
  const keys = { key: readFileSync(other.key), cert: readFileSync(other.certificate) };
  const impostor = { port: 0, seen: "" };
  const server = createServer(keys, (request, response) => {
    impostor.seen += request.rawHeaders.join(" ");
    response.end("ok");
  });
  return Object.assign(impostor, { port: await listen(cleanup, server) });
}

function prepare(stage: Stage): void {
  copyFileSync(join(ROOT, "test/system/egress", THIEF), join(stage.workspace, THIEF));
  const { tlsPort, plainPort } = open.server;
  const rules = ["api.test", "echo.test"].flatMap((host) => [
    { host, ports: [443], connect: `127.0.0.1:${tlsPort}`, ...(host === "echo.test" ? { inspect: true } : {}) },
    { host, ports: [80, 8080], connect: `127.0.0.1:${plainPort}` },
  ]);
  const network = {
    allow: [...rules, { host: "badcert.test", ports: [443], connect: `127.0.0.1:${open.impostor.port}` }],
    upstreamCa: [open.certificates.authority],
    // The guard doesn't hang on the filter.
    filter: { secrets: "off" },
  };
  const secrets = { key: { from: "env:API_KEY", env: "API_KEY", hosts: ["api.test", "badcert.test"] } };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets }));
  stage.own(stage.workspace);
}

/** What each attempt was answered. */
function answersOf(result: Result): ReadonlyMap<string, string> {
  assert.equal(result.code, 0, describeResult(result));
  const parsed: unknown = JSON.parse(result.stdout);
  assert.ok(typeof parsed === "object" && parsed !== null);
  return new Map(
    Object.entries(parsed).map(([name, text]) => [name, Buffer.from(String(text), "base64").toString("latin1")]),
  );
}

/** In any of the ways in which it can be written, or packed. */
function showsKey(answer: string): boolean {
  const backwards = [...KEY].reverse().join("");
  // So much of it that the rest could be guessed.
  const core = KEY.slice(9, -3);
  if ([core, backwards, Buffer.from(core).toString("hex")].some((each) => answer.includes(each))) return true;
  const words = answer.match(/[A-Za-z0-9+/_-]{24,}/g) ?? [];
  if (words.some((word) => Buffer.from(word, "base64").includes(core))) return true;
  return (
    answer.match(/[A-Za-z0-9+/_-]{24,}/g)?.some((word) => Buffer.from(`A${word}`, "base64").includes(core)) ?? false
  );
}

describe("a hostile program with a key", { concurrency: 1 }, () => {
  test("in its hands, gets it out by every one of its ways", async (t) => {
    const stage = makeStage(t, ordinary);
    prepare(stage);
    const { tlsPort, plainPort } = open.server;
    const env = { API_KEY: KEY, TLS_PORT: String(tlsPort), PLAIN_PORT: String(plainPort) };
    const names = [...answersOf(await stage.outside([PYTHON, THIEF, "everything that lies about"], { env })).keys()];
    assert.deepEqual(names, ["everything that lies about"]);
    const answers = answersOf(await stage.outside([PYTHON, THIEF], { env, timeoutMs: 120_000 }));
    assert.ok(answers.size >= 60, `${answers.size} ways`);
    // Each attempt leaves the key at a server that isn't its own, or shows it.
    const missed: string[] = [];
    for (const [name, answer] of answers) {
      if (showsKey(answer) || /given back/.test(name)) continue;
      if (!answer.includes("ok")) missed.push(`${name}: ${answer.slice(0, 200)}`);
    }
    assert.deepEqual(missed, []);
    const elsewhere = open.server.seen.filter(({ text }) => text.includes(KEY)).length;
    assert.ok(elsewhere > 30, `${elsewhere}`);
  });

  test("that it doesn't hold, gets nothing: the key reaches its host only, and nothing comes back", async (t) => {
    const stage = makeStage(t, ordinary);
    prepare(stage);
    const from = open.server.seen.length;
    const events = stage.path("events");
    const result = await stage.inside([PYTHON, THIEF], {
      env: { API_KEY: KEY },
      flags: ["--quiet", "--events", events],
      timeoutMs: 200_000,
    });
    const answers = answersOf(result);
    assert.ok(answers.size >= 60);
    // Not because nothing worked: its own host answers, with the placeholder where the key was.
    const given = [...answers].filter(([name]) => name.startsWith("given back"));
    assert.ok(given.filter(([, answer]) => answer.includes("sk-")).length >= given.length - 5, JSON.stringify(given));
    assert.deepEqual(
      [...answers]
        .filter(([, answer]) => showsKey(answer))
        .map(([name, answer]) => `${name}: ${answer.slice(0, 1000)}`),
      [],
    );
    const seen = open.server.seen.slice(from);
    const elsewhere = seen.filter((each) => showsKey(each.text) && !(each.tls && each.host === "api.test"));
    assert.deepEqual(elsewhere, []);
    assert.ok(
      seen.some(({ text, host }) => host === "api.test" && text.includes(KEY)),
      "its own host got it",
    );
    assert.ok(!open.impostor.seen.includes(KEY));
    const record = readFileSync(events, "utf8");
    assert.ok(!showsKey(record));
    assert.ok(
      (record.match(/"secret\.misused"/g)?.length ?? 0) > 20,
      record.match(/"secret\.misused"/g)?.length.toString(),
    );
  });
});
