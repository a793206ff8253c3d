// Odd hosts (test/attack/hosts.json) by every way in, from inside a real sandbox: name service, CONNECT, an absolute address, SOCKS, Host
// and SNI. Judged by what reached the collector and by who was asked for at all: T21, T22, T24, T25, T26.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type Collector, openCollector } from "../support/egress/collector.js";
import { type Attempt, type Wired, wireInside, wireOutside } from "../support/egress/wire.js";
import { fileCleanup } from "../support/egress/world.js";
import { ordinary } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

interface Host {
  readonly input: string;
  readonly as: readonly string[];
  readonly canonical?: string;
  readonly allowed?: boolean;
  readonly why: string;
}

const ALLOWED = "allowed.example";
const hosts: readonly Host[] = JSON.parse(readFileSync(join(ROOT, "test/attack/hosts.json"), "utf8"));
const cleanup = fileCleanup();

const tag = (way: string, index: number): string => `${way}-${index}-tag`;
const get = (target: string, host: string): Buffer => Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const ported = (input: string): string => (/:\d+$/.test(input) ? input : `${input}:8080`);

/** The smallest ClientHello that names a host; its random bytes are the tag. */
function hello(name: Buffer, mark: string): Buffer {
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const sized = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes]);
  const extension = Buffer.concat([u16(0), sized(sized(Buffer.concat([Buffer.from([0]), sized(name)])))]);
  const random = Buffer.alloc(32);
  random.write(mark, "latin1");
  const suites = Buffer.from([0, 2, 0x13, 1, 1, 0]);
  const body = Buffer.concat([Buffer.from([3, 3]), random, Buffer.from([0]), suites, sized(extension)]);
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return Buffer.concat([Buffer.from([0x16, 3, 1]), sized(message)]);
}

function question(name: Buffer): Buffer {
  const labels = name.toString("latin1").split(".");
  const wire = labels.map((label) => Buffer.from([label.length & 63, ...Buffer.from(label.slice(0, 63), "latin1")]));
  return Buffer.concat([Buffer.from("abcd01000001000000000000", "hex"), ...wire, Buffer.from([0, 0, 1, 0, 1])]);
}

const WAYS: Readonly<Record<string, (host: Host, mark: string) => Omit<Attempt, "id"> | undefined>> = {
  connect: ({ input }, mark) => ({
    host: "127.0.0.1",
    port: 3128,
    sends: [Buffer.from(`CONNECT ${ported(input)} HTTP/1.1\r\n\r\n`), Buffer.from(`${mark} raw bytes\n`)],
  }),
  url: ({ input }, mark) => ({ host: "127.0.0.1", port: 3128, sends: [get(`http://${input}/${mark}`, input)] }),
  socks: ({ input }, mark) => {
    const name = Buffer.from(input);
    if (name.length > 255) return undefined;
    const request = Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([0x1f, 0x90])]);
    const sends = [Buffer.from([5, 1, 0]), request, Buffer.from(`${mark} raw bytes\n`)];
    return { host: "127.0.0.1", port: 1080, sends };
  },
  "host-header": ({ input }, mark) => ({ host: ALLOWED, port: 80, sends: [get(`/${mark}`, input)] }),
  sni: ({ input }, mark) => ({ host: ALLOWED, port: 443, sends: [hello(Buffer.from(input), mark)] }),
  dns: ({ input }) => ({ host: "127.0.0.1", port: 53, udp: true, sends: [question(Buffer.from(input))] }),
};

function attemptsBy(way: string): readonly Attempt[] {
  return hosts.flatMap((host, index) => {
    const made = host.as.includes(way) ? WAYS[way]?.(host, tag(way, index)) : undefined;
    return made === undefined ? [] : [{ id: tag(way, index), ...made }];
  });
}

/** What an allowed attempt was answered. */
const ALLOWING: Readonly<Record<string, RegExp>> = {
  connect: /^HTTP\/1\.1 (?:2|50)/,
  url: /^HTTP\/1\.1 (?:2|50)/,
  socks: /^\x05\x00\x05[^\x02]/,
  "host-header": /^HTTP\/1\.1 (?:2|50)/,
  sni: /^HTTP/,
  // An answer without an error, with a record.
  dns: /^..[^\0].\0\x01\0\x01/s,
};

/** Forms that aren't odd by this way. */
function isSame(way: string, input: string): boolean {
  // The sandbox's own loopback.
  if (way === "dns") return /(?:^|\.)localhost\.?$/i.test(input);
  // Blanks around a field and lines behind it aren't part of the name in HTTP; they are in the forms that carry it by its length.
  return ["connect", "host-header"].includes(way) && input !== ALLOWED && input.split("\r\n")[0]?.trim() === ALLOWED;
}

let stage: Stage;
let collector: Collector;
let wired: Wired;

before(async () => {
  stage = makeStage(cleanup, ordinary);
  collector = await openCollector(cleanup);
  const ports = [80, 443, 8080];
  const allow = [
    { host: ALLOWED, ports, connect: `127.0.0.1:${collector.port}` },
    { host: "*.wild.example", ports },
  ];
  const attempts = Object.keys(WAYS).flatMap(attemptsBy);
  wired = await wireInside(stage, { allow }, attempts);
});

test("outside, the same bytes reach a collector", async () => {
  const { port, received } = await openCollector(cleanup);
  const sent = ["host-header", "sni"].flatMap(attemptsBy);
  await wireOutside(
    stage,
    sent.map((attempt) => ({ ...attempt, host: "127.0.0.1", port })),
  );
  const text = received().join("\n");
  assert.deepEqual(
    sent.filter(({ id }) => !text.includes(id)),
    [],
  );
});

for (const way of Object.keys(WAYS)) {
  describe(`by ${way}`, () => {
    const tried = hosts
      .map((host, index) => ({ ...host, id: tag(way, index) }))
      .filter(({ as, input }) => as.includes(way) && !isSame(way, input));

    test("the allowed name is reached", () => {
      const [plain] = tried.filter(({ input }) => input === ALLOWED);
      assert.match(wired.answers[plain?.id ?? ""] ?? "", ALLOWING[way] ?? /never/);
    });

    test("no odd form of another is", () => {
      const wrong = tried.filter(({ allowed, id }) => allowed !== true && ALLOWING[way]?.test(wired.answers[id] ?? ""));
      assert.deepEqual(wrong, []);
      const refused = tried.filter(({ allowed }) => allowed !== true);
      const text = collector.received().join("\n");
      assert.deepEqual(
        refused.filter(({ id }) => text.includes(`${id} `) || text.includes(`${id}\0`)).map(({ input }) => input),
        [],
      );
    });
  });
}

test("nothing but allowed names was let through, and no other name was looked up", () => {
  const allowed = new Set(hosts.filter((host) => host.allowed === true).map(({ canonical }) => canonical));
  for (const event of wired.events) {
    const dialled = ["unresolved", "unreachable", "address"].includes(String(event["code"]));
    if (dialled || event["type"] === "network.allowed")
      assert.ok(allowed.has(String(event["host"])), JSON.stringify(event));
    assert.notEqual(event["code"], "internal", JSON.stringify(event));
  }
});
