// Allowed servers that answer what no server may (test/attack/servers.json, servers-h2.json), and clients that send fields which Node refuses:
// each ends its own connection at most, the run goes on and the next request is served: T28.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { createServer as createSecureServer } from "node:tls";
import {
  encodeHead,
  encodeStream,
  frame,
  PREFACE,
  readStreams,
  SERVER_PREFACE,
} from "../../src/egress/http/testing/frames.js";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { listen } from "../support/egress/origin.js";
import { type Attempt, wireInside, wireOutside } from "../support/egress/wire.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

type Fields = readonly (readonly [string, string])[];

interface Answer {
  readonly name: string;
  readonly bytes: string;
}
interface Answer2 {
  readonly name: string;
  readonly frames: readonly (readonly ["headers" | "data", number, Fields | string])[];
}

const read = (name: string): string => readFileSync(join(ROOT, "test/attack", name), "utf8");
const answers: readonly Answer[] = JSON.parse(read("servers.json"));
const answers2: readonly Answer2[] = JSON.parse(read("servers-h2.json"));
const HOST = "allowed.example";
const FINE = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
const LINGER_MS = 400;
const cleanup = fileCleanup();
let stage: Stage;
let certificates: Certificates;

const repeated = (text: string): string =>
  text.replace(/\((\d{3,}) ((?:[^()]|\n)+?)\)/g, (_whole, count: string, part: string) => part.repeat(Number(count)));

/** Answers `/N` with the N-th answer. */
function serve(socket: Socket): void {
  socket.on("data", (chunk) => {
    const index = /^GET \/(\d+) /.exec(chunk.toString("latin1"))?.[1];
    const bytes = index === undefined ? FINE : (answers[Number(index)]?.bytes ?? FINE);
    if (socket.writable) socket.write(Buffer.from(repeated(bytes), "latin1"));
  });
}

function serve2(socket: Socket, frames: Answer2["frames"]): void {
  const begun = readStreams((id) => {
    for (const [kind, flags, content] of frames) {
      const isHead = kind === "headers" && typeof content !== "string";
      socket.write(isHead ? encodeHead(id, content, flags) : frame(0, flags, id, Buffer.from(String(content))));
    }
  });
  socket.write(SERVER_PREFACE);
  socket.on("data", begun);
}

const hosts2 = [...answers2.map((_, index) => `h${index}.example`), "fine2.example"];
const get = (path: string, host = HOST): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const get2 = (host: string): Fields => [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", host],
  [":path", "/"],
];

before(() => {
  stage = makeStage(cleanup, ordinary);
  certificates = makeCertificates(makeSharedFolder(cleanup), [HOST, ...hosts2]);
});

const secrets = () => ({ key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) });

test("over HTTP/1, plain and opened", { timeout: 60_000 }, async () => {
  const port = await listen(cleanup, createServer(serve));
  const securePort = await listen(cleanup, createSecureServer(secrets(), serve));
  const [fine, wrong] = [get("/fine"), answers.map(({ name }, index) => ({ name, bytes: get(`/${index}`) }))];
  const direct = wrong.map(({ name, bytes }) => ({ id: name, host: "127.0.0.1", port, sends: [bytes] }));
  const outside = await wireOutside(stage, direct);
  assert.deepEqual(
    answers.filter(({ name, bytes }) => !outside[name]?.startsWith(repeated(bytes).slice(0, 20))),
    [],
  );
  const allow = [
    { host: HOST, ports: [80], connect: `127.0.0.1:${port}` },
    { host: HOST, ports: [443], connect: `127.0.0.1:${securePort}`, inspect: true },
  ];
  const ways = [{ port: 80 }, { port: 443, tls: HOST }];
  const attempts: readonly Attempt[] = ways.flatMap((way) =>
    wrong.flatMap(({ name, bytes }) => [
      { id: `${way.port} ${name}`, host: HOST, ...way, sends: [bytes], lingerMs: LINGER_MS },
      { id: `${way.port} after ${name}`, host: HOST, ...way, sends: [fine] },
    ]),
  );
  const { answers: got } = await wireInside(stage, { allow, upstreamCa: [certificates.authority] }, attempts);
  for (const [id, answer] of Object.entries(got)) {
    if (/ after /.test(id)) assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*fine$/, id);
    else assert.match(answer, /^HTTP\/1\.1 /, id);
    assert.doesNotMatch(answer, /evil|garbage|Set-Cookie/, id);
  }
});

test("over HTTP/2, and clients that send what Node doesn't", { timeout: 60_000 }, async () => {
  const fine: Answer2["frames"] = [["headers", 5, [[":status", "200"]]]];
  const servers = hosts2.map((_, index) => {
    const frames = answers2[index]?.frames ?? fine;
    return createSecureServer({ ...secrets(), ALPNProtocols: ["h2"] }, (socket) => serve2(socket, frames));
  });
  const ports = await Promise.all(servers.map((server) => listen(cleanup, server)));
  const allow = hosts2.map((host, index) => ({
    host,
    inspect: true,
    ports: [443],
    connect: `127.0.0.1:${ports[index]}`,
  }));
  const of = (host: string, ...bytes: readonly Buffer[]): Omit<Attempt, "id"> => ({
    host,
    port: 443,
    tls: host,
    alpn: "h2",
    sends: [Buffer.concat([PREFACE, ...bytes])],
    lingerMs: LINGER_MS,
  });
  const last = "fine2.example";
  const post = encodeHead(1, [[":method", "POST"], ...get2(last).slice(1)]);
  const trailers = (...fields: Fields): Buffer =>
    Buffer.concat([post, frame(0, 0, 1, Buffer.from("hi")), encodeStream(1, fields)]);
  const attempts: readonly Attempt[] = [
    ...answers2.map(({ name }, index) => ({
      id: name,
      ...of(`h${index}.example`, encodeStream(1, get2(`h${index}.example`))),
    })),
    { id: "client's trailers", ...of(last, trailers(["http2-settings", "x"])) },
    { id: "client's trailers twice", ...of(last, trailers(["etag", "a"], ["etag", "b"], ["te", "trailers"])) },
    { id: "client's field", ...of(last, encodeStream(1, [...get2(last), ["http2-settings", "x"]])) },
    { id: "client's fields twice", ...of(last, encodeStream(1, [...get2(last), ["etag", "a"], ["etag", "b"]])) },
  ];
  const network = { allow, upstreamCa: [certificates.authority] };
  const { answers: got } = await wireInside(stage, network, attempts);
  // A frame at least, and not an error of TLS.
  for (const { id } of attempts) assert.match(got[id] ?? "", /^\0\0/, `${id}: ${got[id]}`);
  const again = await wireInside(stage, network, [{ id: "fine", ...of(last, encodeStream(1, get2(last))) }]);
  assert.match(again.answers["fine"] ?? "", /^\0\0/);
});
