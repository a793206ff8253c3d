// Signatures that AWS publishes in its documentation and its test suite.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Pair } from "../types.js";
import { canonicalRequest, type SignedParts, sha256, signatureOf } from "./canonical.js";
import { signingOf } from "./resign.js";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const EMPTY = sha256("");

describe("a signature", () => {
  test("of the guide's example", () => {
    const parts: SignedParts = {
      method: "GET",
      path: "/?Action=ListUsers&Version=2010-05-08",
      headers: [
        ["Host", "iam.amazonaws.com"],
        ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
        ["X-Amz-Date", "20150830T123600Z"],
      ],
      host: "",
      payload: EMPTY,
    };
    const names = ["content-type", "host", "x-amz-date"];
    const digest = "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
    assert.equal(sha256(canonicalRequest(parts, names, "escaped")), digest);
    const scope = { time: "20150830T123600Z", scope: "20150830/us-east-1/iam/aws4_request", names };
    const signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    assert.equal(signatureOf(SECRET, parts, scope, "escaped"), signature);
  });

  test("of the test suite's plainest request", () => {
    const names = ["host", "x-amz-date"];
    const parts: SignedParts = {
      method: "GET",
      path: "/",
      headers: [["x-amz-date", "20150830T123600Z"]],
      host: "example.amazonaws.com",
      payload: EMPTY,
    };
    const scope = { time: "20150830T123600Z", scope: "20150830/us-east-1/service/aws4_request", names };
    const signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    assert.equal(signatureOf(SECRET, parts, scope, "plain"), signature);
  });

  test("of S3's example", () => {
    const names = ["host", "range", "x-amz-content-sha256", "x-amz-date"];
    const headers: readonly Pair[] = [
      ["Range", "bytes=0-9"],
      ["x-amz-content-sha256", EMPTY],
      ["x-amz-date", "20130524T000000Z"],
    ];
    const parts: SignedParts = {
      method: "GET",
      path: "/test.txt",
      headers,
      host: "examplebucket.s3.amazonaws.com",
      payload: EMPTY,
    };
    const scope = { time: "20130524T000000Z", scope: "20130524/us-east-1/s3/aws4_request", names };
    const signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    assert.equal(signatureOf(SECRET.replace("+", "/"), parts, scope, "plain"), signature);
  });

  test("reads a path and a query in the one spelling that counts", () => {
    const parts = { method: "GET", path: "/a%20b/c?b=2&a=%7e&a=1&c", headers: [], host: "h", payload: EMPTY };
    assert.equal(
      canonicalRequest(parts, ["host"], "plain").split("\n").slice(0, 3).join(" "),
      "GET /a%20b/c a=1&a=~&b=2&c=",
    );
    assert.equal(canonicalRequest(parts, ["host"], "escaped").split("\n")[1], "/a%2520b/c");
  });
});

describe("signing anew", () => {
  const key = {
    placeholder: { id: "AKIAPLACEHOLDER00000", secret: "placeholder/secret" },
    real: { id: "AKIAREAL000000000000", secret: "real/secret" },
  };
  const host = "sts.amazonaws.com";
  const names = ["accept-encoding", "host", "x-amz-date"];
  const time = "20260101T000000Z";
  const scope = "20260101/us-east-1/sts/aws4_request";

  function asked(
    body: string,
    more: { path?: string; payload?: string; secret?: string; headers?: readonly Pair[] } = {},
  ) {
    const { path = "/", payload = sha256(body), secret = key.placeholder.secret } = more;
    const headers: readonly Pair[] = [["accept-encoding", "gzip"], ["x-amz-date", time], ...(more.headers ?? [])];
    const signature = signatureOf(
      secret,
      { method: "POST", path, headers, host, payload },
      { time, scope, names },
      "escaped",
    );
    const field = `AWS4-HMAC-SHA256 Credential=${key.placeholder.id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return {
      target: { host, port: 443 },
      method: "POST",
      path,
      headers: [...headers, ["authorization", field] as const],
    };
  }

  test("covers the fields as they are sent, with the real key", () => {
    const request = asked("Action=GetCallerIdentity");
    const signing = signingOf(request, key);
    assert.ok(signing?.needsBody === true && signing.refused === undefined);
    const sent: readonly Pair[] = request.headers.map(([name, value]) => [
      name,
      name === "accept-encoding" ? "identity" : value,
    ]);
    const made = signing.finish(sent, Buffer.from("Action=GetCallerIdentity"));
    assert.ok(made.signed);
    const parts = { method: "POST", path: "/", headers: sent, host, payload: sha256("Action=GetCallerIdentity") };
    const field = made.headers.find(([name]) => name === "authorization")?.[1] ?? "";
    assert.ok(field.includes(`Credential=${key.real.id}/${scope}`));
    assert.ok(field.endsWith(`Signature=${signatureOf(key.real.secret, parts, { time, scope, names }, "escaped")}`));
    assert.ok(!field.includes(key.real.secret));
  });

  test("isn't done for what wasn't signed so, or for another body", () => {
    for (const request of [asked("a", { secret: "another" }), asked("b"), asked("a", { path: "/other" })]) {
      const changed = { ...request, path: "/" };
      assert.equal(signingOf(changed, key)?.finish(request.headers, Buffer.from("a")).signed, false);
    }
  });

  test("isn't done for chunks that are signed, addresses that are, and other ways of signing", () => {
    const streaming = asked("", { headers: [["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]] });
    assert.match(signingOf(streaming, key)?.refused ?? "", /chunks/);
    const presigned = { ...asked(""), path: `/?X-Amz-Credential=${encodeURIComponent(`${key.placeholder.id}/x`)}` };
    assert.match(signingOf(presigned, key)?.refused ?? "", /presigned/);
    const other = {
      ...asked(""),
      headers: [["authorization", `AWS4-ECDSA-P256-SHA256 Credential=${key.placeholder.id}/x`] as const],
    };
    assert.match(signingOf(other, key)?.refused ?? "", /only AWS4-HMAC-SHA256/);
    assert.equal(signingOf({ ...asked(""), headers: [["authorization", "Bearer x"]] }, key), undefined);
  });
});
