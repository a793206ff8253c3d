import assert from "node:assert/strict";
import { test } from "node:test";
import { makeFilterFactory } from "../filter/filter.js";
import { inLab } from "./testing/lab.js";
import type { Finding } from "./types.js";

const secret = Buffer.from("canary-7f3a9c51e2d84b60");

test("a secret in a body, cut over chunks, never reaches the server whole", () =>
  inLab(
    { rules: [{ filter: "block" }], context: { filter: makeFilterFactory({ secrets: [secret], patterns: [] }) } },
    async (lab) => {
      const chunk = (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`;
      const [one, two] = [String(secret).slice(0, 9), String(secret).slice(9)];
      const head = "POST / HTTP/1.1\r\nHost: allowed.example\r\nTransfer-Encoding: chunked\r\n\r\n";
      const got = await lab.raw("plain", `${head}${chunk(`a=1&b=${one}`)}${chunk(two)}0\r\n\r\n`);
      assert.match(got, /^HTTP\/1\.1 403 [\s\S]*x-cordon-code: content/);
      assert.doesNotMatch(got + JSON.stringify(lab.told), new RegExp(String(secret)));
      assert.ok(lab.collected.every(({ body, complete }) => !complete && !body.includes(two)));
    },
  ));

test("a secret in the address or a header field stops the request before anything is dialled", () =>
  inLab(
    { rules: [{ filter: "block" }], context: { filter: makeFilterFactory({ secrets: [secret], patterns: [] }) } },
    async (lab) => {
      const ask = (path: string, field = "X: 1") =>
        lab.raw("plain", `GET ${path} HTTP/1.1\r\nHost: allowed.example\r\n${field}\r\n\r\n`);
      assert.match(await ask(`/?x=${secret}`), /x-cordon-code: content/);
      assert.match(await ask("/", `X: ${secret}`), /x-cordon-code: content/);
      assert.deepEqual(lab.dialled, []);
    },
  ));

test("in alert mode a finding is told and the request goes on", () => {
  const found: Finding[] = [];
  const context = {
    filter: makeFilterFactory({ secrets: [secret], patterns: [] }),
    found: (_target: unknown, finding: Finding) => found.push(finding),
  };
  return inLab({ rules: [{ filter: "alert" }], context }, async (lab) => {
    const got = await lab.raw(
      "plain",
      `POST / HTTP/1.1\r\nHost: allowed.example\r\nContent-Length: ${secret.length}\r\n\r\n${secret}`,
    );
    assert.match(got, /^HTTP\/1\.1 200/);
    assert.equal(lab.collected[0]?.body, String(secret));
    assert.deepEqual(
      found.map(({ where }) => where),
      ["body"],
    );
  });
});

test("a decoy is told and refused whatever a rule says of its filter, before whatever else it looks like", async () => {
  const canary = "cnry-9d20c4517be8";
  const post = (body: string) =>
    `POST / HTTP/1.1\r\nHost: allowed.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const canaries = [Buffer.from(canary)];
  const decoys = makeFilterFactory({ secrets: [], canaries, patterns: [], exactOnly: true, alert: "network.content" });
  const filter = makeFilterFactory({ secrets: [Buffer.from(`x=${canary}`)], patterns: [] });
  for (const mode of ["block", "alert", "off"] as const) {
    const found: Finding[] = [];
    const context = { filter, decoys, found: (_target: unknown, finding: Finding) => found.push(finding) };
    await inLab({ rules: [{ filter: mode }], context }, async (lab) => {
      assert.match(await lab.raw("plain", post("harmless")), /^HTTP\/1\.1 200/);
      assert.match(await lab.raw("plain", post(`x=${canary}`)), /^HTTP\/1\.1 403 [\s\S]*x-cordon-code: content/);
      assert.deepEqual(found, [{ what: "a canary", where: "body", alert: "network.content" }]);
      assert.ok(lab.collected.every(({ body }) => !body.includes(canary)));
    });
  }
});
