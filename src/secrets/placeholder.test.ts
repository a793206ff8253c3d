import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { makePlaceholder } from "./placeholder.js";

const letters = (count: number, set = "Ab3dE9xYz"): string =>
  Array.from({ length: count }, (_, index) => set[(index * 7) % set.length]).join("");

describe("a placeholder", () => {
  const keys: readonly (readonly [string, RegExp])[] = [
    [`sk-ant-api03-${letters(80)}-${letters(12)}AA`, /^sk-ant-api03-[A-Za-z0-9]{80}-[A-Za-z0-9]{14}$/],
    [`sk-proj-${letters(60)}_${letters(40)}`, /^sk-proj-[A-Za-z0-9]{60}_[A-Za-z0-9]{40}$/],
    [`ghp_${letters(36)}`, /^ghp_[A-Za-z0-9]{36}$/],
    [`github_pat_${letters(22)}_${letters(59)}`, /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/],
    [`AIza${letters(35)}`, /^AIza[A-Za-z0-9]{35}$/],
    [`xoxb-${letters(12, "1234567890")}-${letters(24)}`, /^xoxb-[A-Za-z0-9]{12}-[A-Za-z0-9]{24}$/],
    [letters(40, "0123456789abcdef"), /^[0-9a-f]{40}$/],
    [letters(40, "0123456789ABCDEF"), /^[0-9A-F]{40}$/],
    [`acme-prod-${letters(32)}`, /^acme-prod-[A-Za-z0-9]{32}$/],
  ];
  for (const [key, form] of keys) {
    test(`of ${key.slice(0, 12)}… has its prefix, length and alphabet, and is another each time`, () => {
      const made = makePlaceholder(key) ?? "";
      assert.equal(made.length, key.length);
      assert.match(made, form);
      assert.notEqual(made, key);
      assert.notEqual(made, makePlaceholder(key));
    });
  }

  test("keeps what is no letter or digit where it is", () => {
    const key = `${letters(10)}+/=${letters(10)}%&"<'${letters(4)}`;
    assert.equal((makePlaceholder(key) ?? "").replace(/[A-Za-z0-9]/g, "x"), key.replace(/[A-Za-z0-9]/g, "x"));
  });

  test("isn't made of a key that could be guessed", () => {
    for (const key of ["hunter2", "1234", "0000000000", "a-b-c-d-e", ""]) assert.equal(makePlaceholder(key), undefined);
  });

  test("shares no longer piece with the key than its public beginning", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{40,64}$/), (body) => {
        const made = makePlaceholder(`sk-proj-${body}`) ?? "";
        assert.equal(made.slice(0, 8), "sk-proj-");
        for (let at = 8; at + 8 <= made.length; at++) assert.ok(!body.includes(made.slice(at, at + 8)));
      }),
    );
  });
});

describe("of a JSON web token", () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "https://auth.test", sub: "user-1", exp: 1_800_000_000, jti: "a1b2c3d4", plan: "pro" };
  const token = `${part({ alg: "RS256", typ: "JWT", kid: "k1" })}.${part(claims)}.${letters(342)}`;

  test("it can be read, has the claims, and ends years later", () => {
    const made = makePlaceholder(token) ?? "";
    assert.equal(made.length, token.length);
    const [header = "", body = "", signature = ""] = made.split(".");
    assert.equal(Buffer.from(header, "base64url").toString(), JSON.stringify({ alg: "RS256", typ: "JWT", kid: "k1" }));
    const read = JSON.parse(Buffer.from(body, "base64url").toString());
    assert.equal(read.plan, "pro");
    assert.equal(read.sub, "user-1");
    assert.notEqual(read.jti, claims.jti);
    assert.ok(read.exp > claims.exp + 9 * 365 * 24 * 3600);
    assert.match(signature, /^[A-Za-z0-9_-]{342}$/);
    assert.ok(!token.includes(signature.slice(0, 20)));
  });

  test("it is none without a signature", () => {
    assert.equal(makePlaceholder(`${part({ alg: "none" })}.${part(claims)}.`)?.split(".")[2] ?? "", "");
  });
});
