// Smuggling and odd requests (test/attack/http.json), judged by what reached the collector: nothing but the requests that are named, with
// the allowed host, over HTTP/1.1 or in the stream they came in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { type Authority, createAuthority } from "../tls/authority.js";
import { encodeStream, PREFACE } from "./testing/frames.js";
import { type Entry, Lab } from "./testing/lab.js";

interface Corpus {
  readonly http1: readonly {
    readonly name: string;
    readonly entry: Entry;
    readonly bytes: string;
    readonly reaches: readonly string[];
    /** Its first request may begin at the upstream, and must never be complete there. */
    readonly partial?: boolean;
  }[];
  readonly http2: readonly {
    readonly name: string;
    readonly fields: readonly (readonly [string, string])[];
    readonly reaches: readonly string[];
  }[];
}

/** From the compiled file's place. */
const corpus: Corpus = JSON.parse(readFileSync(new URL("../../../../test/attack/http.json", import.meta.url), "utf8"));
let authorities: readonly [Authority, Authority];
before(async () => {
  authorities = [await createAuthority("inside"), await createAuthority("upstream")];
});

describe("HTTP/1", { concurrency: 16 }, () => {
  for (const { name, entry, bytes, reaches, partial } of corpus.http1) {
    test(name, async () => {
      const lab = await Lab.open({}, authorities);
      try {
        await lab.raw(entry, bytes.replaceAll("(70000 a)", "a".repeat(70_000)), 400);
        const whole = lab.collected.filter(({ complete }) => complete || partial !== true);
        assert.deepEqual(
          whole.map(({ method, url }) => `${method} ${url}`),
          reaches,
        );
        for (const { headers, version } of lab.collected) {
          const hosts = headers.filter((_, index) => headers[index - 1]?.toLowerCase() === "host" && index % 2 === 1);
          assert.match(hosts.join("|"), /^allowed\.example(?::80)?$/i);
          assert.equal(version, "1.1");
        }
        assert.ok(lab.dialled.every((target) => target === "allowed.example:80"));
        assert.deepEqual(lab.connected, []);
      } finally {
        await lab.close();
      }
    });
  }
});

describe("HTTP/2", () => {
  const seen: string[] = [];
  let lab: Lab;
  before(async () => {
    const upstream = createSecureServer({
      SNICallback: (_name, done) => done(null, authorities[1].contextFor("allowed.example")),
    });
    upstream.on("stream", (stream, headers, _flags) => {
      stream.on("error", () => undefined);
      // nghttp2 drops a field that isn't one; nothing of it may be left.
      const fields = Object.keys(headers).filter((field) => !field.startsWith(":") && field !== "host");
      assert.deepEqual(fields, []);
      seen.push(`${headers[":method"]} ${headers[":path"]} ${headers[":authority"]} ${headers["host"] ?? ""}`.trim());
      stream.respond({ ":status": 200 }, { endStream: true });
    });
    lab = await Lab.open({ upstream, rules: [{ inspect: true }] }, authorities);
  });
  after(() => lab.close());

  for (const { name, fields, reaches } of corpus.http2) {
    test(name, async () => {
      seen.length = 0;
      const client = connectTls({
        socket: await lab.client("inspected"),
        servername: "allowed.example",
        ca: lab.authority.certificatePem,
        ALPNProtocols: ["h2"],
      });
      client.on("error", () => undefined);
      await once(client, "secureConnect");
      client.write(Buffer.concat([PREFACE, encodeStream(1, fields)]));
      await answered(client);
      client.destroy();
      assert.deepEqual(
        seen.map((line) => line.replace(/ allowed\.example(?::443)?$/, "")),
        reaches,
      );
    });
  }
});

/** Until the stream was answered or reset, or the connection ended. */
function answered(client: NodeJS.ReadableStream): Promise<void> {
  let received = Buffer.alloc(0);
  return new Promise((resolve) => {
    client.on("end", resolve).on("close", resolve);
    client.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
        // HEADERS, RST_STREAM and GOAWAY.
        if ([1, 3, 7].includes(received[at + 3] ?? 0)) resolve();
      }
    });
  });
}
