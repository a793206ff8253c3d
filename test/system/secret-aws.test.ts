// AWS keys that the command never holds: curl signs with placeholders, the server gets signatures by the real key. Judged by the server, which
// verifies each.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { PATH_FORMS, sha256, signatureOf } from "../../src/secrets/aws/canonical.js";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { bodyOf, type Exchange, openOrigin } from "../support/egress/origin.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult, type Result } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const ID = `AKIA${randomBytes(16).toString("hex").toUpperCase().slice(0, 16)}`;
const SECRET = randomBytes(30).toString("base64");
const TOKEN = randomBytes(120).toString("base64");
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; port: number; seen: string[] };

before(async () => {
  open.certificates = makeCertificates(makeSharedFolder(cleanup), ["aws.test", "other.test"]);
  open.seen = [];
  const sites = Object.fromEntries(["", "bucket", "a%20b"].map((first) => [first, verify(first)]));
  open.port = (await openOrigin(cleanup, { certificates: open.certificates, sites })).tlsPort;
});

function verify(first: string) {
  return (exchange: Exchange) => judge(first, exchange);
}

/** Says by whose key a request was signed. */
async function judge(first: string, exchange: Exchange): Promise<void> {
  const body = await bodyOf(exchange);
  const { headers, method, query } = exchange;
  const field = headers["authorization"] ?? "";
  open.seen.push(`${exchange.base} ${JSON.stringify(headers)} ${body.toString("latin1")}`);
  const [, id = "", scope = "", names = "", signature = ""] =
    /Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(field) ?? [];
  const path = `/${first}${exchange.path === "/" ? "" : exchange.path}`;
  const parts = {
    method,
    path: query === "" ? path : `${path}?${query}`,
    headers: Object.entries(headers).map(([name, value]) => [name, value ?? ""] as const),
    host: exchange.base.replace(/^https:\/\//, ""),
    payload: headers["x-amz-content-sha256"] ?? sha256(body),
  };
  const over = { time: headers["x-amz-date"] ?? "", scope, names: names.split(";") };
  const isReal = PATH_FORMS.some((form) => signatureOf(SECRET, parts, over, form) === signature);
  const said = [isReal ? "real" : "no", id === ID, body.length, headers["x-amz-security-token"] === TOKEN].join(" ");
  exchange.answer(isReal && id === ID ? 200 : 403, { "x-seen": field }, said);
}

function makeScene(stage: Stage): (script: string) => Promise<Result> {
  const connect = `127.0.0.1:${open.port}`;
  const allow = ["aws.test", "other.test"].map((host) => ({ host, ports: [443], connect, inspect: true }));
  const hosts = ["aws.test"];
  const from = (name: string) => ({ from: `env:${name}`, env: name, hosts });
  const secrets = {
    "aws-id": from("AWS_ACCESS_KEY_ID"),
    aws: { ...from("AWS_SECRET_ACCESS_KEY"), aws: { id: "aws-id" } },
    "aws-token": from("AWS_SESSION_TOKEN"),
  };
  const network = { allow, upstreamCa: [open.certificates.authority] };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets }));
  return (script) =>
    stage.inside(["bash", "-c", script], {
      flags: ["--quiet", "--events", stage.path("events")],
      env: { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: TOKEN },
    });
}

const CURL =
  'curl -sS --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"';
const STS = `${CURL} --aws-sigv4 aws:amz:eu-west-1:sts`;

describe("an AWS key", () => {
  for (const version of ["--http1.1", "--http2"])
    test(`signs what a client inside has signed with its placeholder, over ${version}`, async (t) => {
      const stage = makeStage(t, ordinary);
      const run = makeScene(stage);
      const from = open.seen.length;
      const result = await run(
        [
          `${STS} ${version} -d "Action=GetCallerIdentity&Version=2011-06-15" https://aws.test/; echo`,
          `${STS} ${version} "https://aws.test/?a=1&b=%2F2"; echo`,
          `${STS} ${version} -X DELETE https://aws.test/bucket/key; echo`,
          `head -c 3000000 /dev/zero | ${STS} ${version} -H 'content-type: application/octet-stream' --data-binary @- https://aws.test/bucket/big; echo`,
          `${STS} ${version} -i https://aws.test/ | grep -i x-seen; env`,
        ].join("\n"),
      );
      const lines = result.stdout.split("\n").slice(0, 4);
      const text = describeResult(result);
      assert.deepEqual(
        lines,
        ["real true 43 true", "real true 0 true", "real true 0 true", "real true 3000000 true"],
        text,
      );
      for (const value of [ID, SECRET, TOKEN]) assert.ok(!result.stdout.includes(value), text);
      const events = readFileSync(stage.path("events"), "utf8");
      for (const value of [ID, SECRET, TOKEN]) assert.ok(!events.includes(value));
      assert.ok((events.match(/"type":"secret\.used","name":"aws","host":"aws\.test"/g)?.length ?? 0) >= 5);
      assert.deepEqual(
        open.seen.slice(from).filter((each) => each.includes(SECRET)),
        [],
        "the key itself isn't sent",
      );
    });

  test("takes a digest that stands in the head, and refuses what it can't sign anew", async (t) => {
    const stage = makeStage(t, ordinary);
    const run = makeScene(stage);
    const from = open.seen.length;
    const S3 = `${CURL} --aws-sigv4 aws:amz:eu-west-1:s3`;
    const result = await run(
      [
        `digest=$(printf hello | sha256sum | cut -d' ' -f1)`,
        `printf hello | ${S3} -H "x-amz-content-sha256: $digest" -X PUT --data-binary @- https://aws.test/bucket/key; echo`,
        `${S3} -H "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD" -X PUT -d x https://aws.test/bucket/key; echo`,
        `curl -sS "https://aws.test/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=$AWS_ACCESS_KEY_ID%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"; echo`,
        `curl -sS -H "x-amz-date: 20260101T000000Z" -H "authorization: AWS4-HMAC-SHA256 Credential=$AWS_ACCESS_KEY_ID/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=$(printf '%064d' 1)" https://aws.test/bucket; echo`,
      ].join("\n"),
    );
    const order = /^real true 5 true\n[\s\S]*chunks are signed[\s\S]*presigned[\s\S]*isn't signed with its placeholder/;
    assert.match(result.stdout, order, describeResult(result));
    assert.equal(open.seen.length - from, 1, "nothing of the others was sent");
  });

  test("signs for its hosts only", async (t) => {
    const stage = makeStage(t, ordinary);
    const run = makeScene(stage);
    const from = open.seen.length;
    const outside = await stage.outside(
      [
        "bash",
        "-c",
        `${STS} --cacert ${open.certificates.authority} --connect-to ::127.0.0.1:${open.port} https://other.test/`,
      ],
      { env: { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: TOKEN } },
    );
    assert.match(outside.stdout, /^real true/, describeResult(outside));
    const result = await run(`${STS} https://other.test/`);
    assert.match(result.stdout, /the placeholder of the secret aws/, describeResult(result));
    assert.equal(open.seen.length - from, 1);
  });
});
