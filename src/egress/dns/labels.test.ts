import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { payloadProblem } from "./labels.js";

const REAL = [
  ["d111111abcdef8.cloudfront.net", "*.cloudfront.net"],
  ["r3---sn-4g5e6nl7.googlevideo.com", "*.googlevideo.com"],
  ["rr1---sn-n02xgoxufvg3-2gbs.googlevideo.com", "*.googlevideo.com"],
  ["8f14e45f-ceea-467f-a830-1c6ab1f8b6d1.preview.example.org", "*.example.org"],
  ["0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com", "*.r2.cloudflarestorage.com"],
  ["pub-3f1c9a7be2d84c0f95a6b8d7e4c1f203.r2.dev", "*.r2.dev"],
  ["a8f5f167f44f4964e6c998dee827110c-1234567890.us-east-1.elb.amazonaws.com", "*.amazonaws.com"],
  ["internal-a8f5f167f44f4964e6c998dee827110c-1234567890.eu-central-1.elb.amazonaws.com", "*.amazonaws.com"],
  ["search-my-domain-7q5w2z4k6n3x5v7m2p4r6t3y5u.us-east-1.es.amazonaws.com", "*.amazonaws.com"],
  ["7v5q4x9w6vr2x5k3m8n1p0z7y6t4s2d9.lambda-url.us-east-1.on.aws", "*.on.aws"],
  ["2fd4e1c67a2d28fced849ee1bb76e7391b93eb12.preview.example.org", "*.example.org"],
  ["fluffy-space-zebra-7v5q4x9w6vr2x5-3000.app.github.dev", "*.app.github.dev"],
  ["my-shop-frontend-git-feature-checkout-redesign-acme-team.vercel.app", "*.vercel.app"],
  ["the-very-long-name-of-a-branch-that-somebody-pushed-on-a-friday.vercel.app", "*.vercel.app"],
  ["service-name-abcdefghij-uc.a.run.app", "*.run.app"],
  ["cluster0-shard-00-02-abx7q.mongodb.net", "*.mongodb.net"],
  ["productionresultssa19.blob.core.windows.net", "*.blob.core.windows.net"],
  ["r4---sn-p5qlsny6.gvt1.com", "*.gvt1.com"],
  ["o447951.ingest.us.sentry.io", "*.sentry.io"],
  ["xn--80akhbyknj4f.xn--p1ai.example.org", "*.example.org"],
  ["objects.githubusercontent.com", "*.githubusercontent.com"],
  ["e1234.dscb.akamaiedge.net", "*.akamaiedge.net"],
  ["www.a.b.c.example.org", "*.example.org"],
  ["ec2-203-0-113-25.compute-1.amazonaws.com", "*.amazonaws.com"],
] as const;

test("names that real hosts have pass", () => {
  for (const [host, pattern] of REAL) assert.equal(payloadProblem(host, pattern), undefined, host);
});

/** Bytes as chance would have them, the same each time. */
function payload(bytes: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, index) =>
    createHash("sha256").update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

function base32(bytes: Buffer, alphabet: string): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join("");
}

const ENCODINGS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  hex: (bytes) => bytes.toString("hex"),
  "hex in the letters a to p": (bytes) =>
    bytes.toString("hex").replace(/./g, (digit) => "abcdefghijklmnop"[Number.parseInt(digit, 16)] ?? ""),
  base32: (bytes) => base32(bytes, "abcdefghijklmnopqrstuvwxyz234567"),
  base32hex: (bytes) => base32(bytes, "0123456789abcdefghijklmnopqrstuv"),
  "base64 in lower case": (bytes) => bytes.toString("base64url").replace(/[-_]/g, "x").toLowerCase(),
  "decimal digits": (bytes) => [...bytes].map((byte) => String(byte).padStart(3, "0")).join(""),
};

/** The text cut into labels of this length. */
function labelsOf(text: string, length: number): string {
  return (text.match(new RegExp(`.{1,${length}}`, "g")) ?? []).join(".");
}

/** Some payload looks like words by chance; a tunnel needs nearly all of its messages to pass. */
function passing(hosts: readonly string[]): number {
  return hosts.filter((host) => payloadProblem(host, "*.example.org") === undefined).length / hosts.length;
}

test("payloads of 30 bytes and more are refused in every encoding, in one label or several", () => {
  const shapes = [
    [30, 63],
    [35, 63],
    [64, 60],
    [40, 16],
    [60, 30],
  ] as const;
  for (const [what, encode] of Object.entries(ENCODINGS)) {
    for (const [bytes, length] of shapes) {
      const hosts = Array.from(
        { length: 500 },
        (_, seed) => `${labelsOf(encode(payload(bytes, seed)), length)}.example.org`,
      );
      assert.ok(passing(hosts) <= 0.02, `${what}, ${bytes} bytes in labels of ${length}: ${passing(hosts)}`);
    }
  }
});

test("hyphens between its parts don't make a payload a name", () => {
  const encode = ENCODINGS["base32"] ?? assert.fail();
  for (const length of [4, 5, 6, 8, 12]) {
    const hosts = Array.from({ length: 500 }, (_, seed) => {
      const text = encode(payload(Math.floor((63 * length) / (length + 1) / 1.6), seed));
      return `${labelsOf(text, length).replaceAll(".", "-")}.example.org`;
    });
    assert.ok(passing(hosts) <= 0.02, `parts of ${length}: ${passing(hosts)}`);
  }
});

test("a hash that names an MD5 bucket or a commit passes whatever its digits are, one of 32 bytes never does", () => {
  for (let seed = 0; seed < 500; seed++) {
    const hex = payload(31, seed).toString("hex");
    assert.equal(payloadProblem(`${hex.slice(0, 32)}.example.org`, "*.example.org"), undefined);
    assert.equal(payloadProblem(`${hex.slice(0, 40)}.example.org`, "*.example.org"), undefined);
    assert.notEqual(payloadProblem(`${hex}.example.org`, "*.example.org"), undefined);
  }
});

test("too many words are refused as well", () => {
  const words = "the-quick-brown-fox-jumps-over-the-lazy-dog";
  assert.match(payloadProblem(`${words}.${words}.${words}.example.org`, "*.example.org") ?? "", /longer than 120/);
  assert.match(payloadProblem(`${"a.".repeat(11)}example.org`, "*.example.org") ?? "", /more than 10 labels/);
});

test("what stands in the wildcard's own domain isn't judged", () => {
  const own = `${payload(31, 1).toString("hex")}.example.org`;
  assert.equal(payloadProblem(`www.${own}`, `*.${own}`), undefined);
});
