// Smuggling and odd requests (test/attack/http.json) from inside a real sandbox: caught on port 80, over TLS that is opened, and at the proxy
// port. Judged by the requests that reached the collector, which are the named ones and no other: T22, T24, T31, T32.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeCertificates } from "../support/egress/certificates.js";
import { openCollector } from "../support/egress/collector.js";
import { listen } from "../support/egress/origin.js";
import { type Attempt, wireInside, wireOutside } from "../support/egress/wire.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

interface Case {
  readonly name: string;
  readonly entry: "plain" | "proxy";
  readonly bytes: string;
  readonly reaches: readonly string[];
}

const ALLOWED = "allowed.example";
const corpus: { readonly http1: readonly Case[] } = JSON.parse(
  readFileSync(join(ROOT, "test/attack/http.json"), "utf8"),
);
// Whether an allowed request that nonsense follows leaves before it is cut off depends on who is quicker.
const cases = corpus.http1.filter(({ name }) => !name.startsWith("nonsense behind"));
const LINGER_MS = 250;
const cleanup = fileCleanup();
let stage: Stage;

const bytesOf = ({ bytes }: Case): Buffer => Buffer.from(bytes.replaceAll("(70000 a)", "a".repeat(70_000)), "latin1");

function attempt(each: Case, index: number, to: Pick<Attempt, "host" | "port"> & { readonly tls?: string }): Attempt {
  return { id: `${index} ${each.name}`, ...to, sends: [bytesOf(each)], lingerMs: LINGER_MS };
}

/** Whole requests, in the order of their ends. */
function recorder(): {
  readonly log: string[];
  readonly take: (request: IncomingMessage, response: ServerResponse) => void;
} {
  const log: string[] = [];
  return {
    log,
    take: (request, response) => {
      request.on("error", () => undefined);
      request.resume().on("end", () => {
        assert.equal(request.headers.host?.toLowerCase().replace(/:\d+$/, ""), ALLOWED);
        log.push(`${request.method} ${request.url}`);
        response.end("ok");
      });
    },
  };
}

const expected = (tried: readonly Case[]): readonly string[] => tried.flatMap(({ reaches }) => reaches).toSorted();

before(() => {
  stage = makeStage(cleanup, ordinary);
});

test("outside, all these bytes reach a collector", async () => {
  const { port, received } = await openCollector(cleanup);
  await wireOutside(
    stage,
    cases.map((each, index) => attempt(each, index, { host: "127.0.0.1", port })),
  );
  const got = new Set(received());
  assert.deepEqual(
    cases.filter((each) => !got.has(bytesOf(each).toString("latin1"))).map(({ name }) => name),
    [],
  );
});

test("caught on port 80, and at the proxy port", async () => {
  const { log, take } = recorder();
  const connect = `127.0.0.1:${await listen(cleanup, createServer(take))}`;
  const attempts = cases.map((each, index) =>
    attempt(each, index, each.entry === "plain" ? { host: ALLOWED, port: 80 } : { host: "127.0.0.1", port: 3128 }),
  );
  await wireInside(stage, { allow: [{ host: ALLOWED, ports: [80], connect }] }, attempts);
  assert.deepEqual(log.toSorted(), expected(cases));
});

test("over TLS that is opened", async () => {
  const folder = makeSharedFolder(cleanup);
  const certificates = makeCertificates(folder, [ALLOWED]);
  const secrets = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const { log, take } = recorder();
  const connect = `127.0.0.1:${await listen(cleanup, createSecureServer(secrets, take))}`;
  // What names a scheme or a port means something else here.
  const tried = cases.filter(({ entry, bytes }) => entry === "plain" && !/https?:|example:\d/i.test(bytes));
  const attempts = tried.map((each, index) => attempt(each, index, { host: ALLOWED, port: 443, tls: ALLOWED }));
  const network = {
    allow: [{ host: ALLOWED, ports: [443], connect, inspect: true }],
    upstreamCa: [certificates.authority],
  };
  await wireInside(stage, network, attempts);
  assert.deepEqual(log.toSorted(), expected(tried));
});
