// Fuzzes the HTTP gate with requests that are almost right, cut and spliced at any place. Whatever comes in, the collector sees only
// requests that were judged, each once, for the allowed host; nothing throws, and the gate still serves afterwards.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { type Entry, Lab } from "../../src/egress/http/testing/lab.js";
import { fuzz } from "./limit.js";

const corpus: { readonly http1: readonly { readonly bytes: string }[] } = JSON.parse(
  readFileSync(new URL("../../../test/attack/http.json", import.meta.url), "utf8"),
);
const seeds = corpus.http1.map(({ bytes }) => bytes).filter((bytes) => !bytes.includes("(70000 a)"));
const GOOD = "GET /after HTTP/1.1\r\nHost: allowed.example\r\n\r\n";
const QUIET_MS = 15;

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...seeds) },
  { weight: 1, arbitrary: fc.constant(GOOD) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\r\n",
      "\n",
      "\r",
      " ",
      "\t",
      "\0",
      ":",
      ",",
      "Host: evil.example\r\n",
      "Host: allowed.example\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Content-Length: 5\r\n",
      "Connection: host\r\n",
      "Connection: Upgrade\r\nUpgrade: h2c\r\n",
      "Expect: 100-continue\r\n",
      "GET http://evil.example/ HTTP/1.1\r\n",
      "0\r\n\r\n",
      "5\r\nabcde\r\n",
    ),
  },
);
/** Cuts of the pieces, one put into another. */
const mutated = fc
  .array(fc.tuple(piece, fc.nat(600), fc.nat(600), fc.option(fc.nat(255), { freq: 4 })), { minLength: 1, maxLength: 4 })
  .map((parts) =>
    parts.reduce((text, [part, at, cut, byte]) => {
      const place = at % (text.length + 1);
      const inserted = byte === null ? part : part.slice(0, cut) + String.fromCharCode(byte) + part.slice(cut + 1);
      return text.slice(0, place) + inserted + text.slice(place);
    }, ""),
  );
const sample = fc.tuple(fc.constantFrom<Entry>("plain", "plain", "proxy"), mutated);

process.on("uncaughtException", (error) => {
  console.error(error);
  process.exit(1);
});

const lab = await Lab.open();

function check(): void {
  const judged = lab.told.filter(({ kind }) => kind === "allowed").map(({ method, path }) => `${method} ${path}`);
  for (const { method, url, headers, version } of lab.collected) {
    const known = judged.indexOf(`${method} ${url.replace(/\?.*$/s, "")}`);
    assert.ok(known >= 0, `${method} ${url} was never allowed`);
    judged.splice(known, 1);
    const hosts = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === "host");
    assert.match(hosts.join("|"), /^allowed\.example(?::80)?$/i);
    assert.equal(version, "1.1");
  }
  assert.ok(lab.dialled.every((target) => target === "allowed.example:80" || target === "allowed.example:443"));
  assert.ok(lab.connected.every(({ host }) => host === "allowed.example"));
}

await fuzz(
  fc.asyncProperty(fc.array(sample, { minLength: 32, maxLength: 32 }), async (samples) => {
    for (const list of [lab.told, lab.collected, lab.dialled, lab.connected, lab.upstreamSockets]) list.length = 0;
    await Promise.all(samples.map(([entry, bytes]) => lab.raw(entry, bytes, QUIET_MS)));
    check();
    assert.match(await lab.raw("plain", GOOD, QUIET_MS * 10), /^HTTP\/1\.1 200/);
  }),
);
await lab.close();
