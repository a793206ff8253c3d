import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { PlannedLogin, PlannedSecret } from "../../plan/secret.js";
import { readAnswer } from "./answer.js";
import { readDocument, renewedDocument, shownDocument } from "./document.js";
import { Login } from "./login.js";
import { refreshSwap } from "./refresh-request.js";

const [ACCESS, REFRESH] = [`at-test-${"a1".repeat(20)}`, `rt-test-${"b2".repeat(20)}`];
const login: PlannedLogin = {
  endpoints: [{ host: "auth.test", path: "/token" }],
  share: true,
  access: "t.access",
  refresh: "t.refresh",
  expires: "t.end",
  refreshed: "last",
  keep: ["mode"],
};

describe("the file of a login", () => {
  const outside = {
    mode: "x",
    other: "key",
    t: { access: ACCESS, refresh: REFRESH, end: 1_800_000_000_000 },
    last: "2026-01-01T00:00:00Z",
  };

  test("inside has placeholders, what the policy names, and what was there", () => {
    const shown = shownDocument(login, { inside: { own: 1 }, outside, placeholders: { access: "A", refresh: "R" } });
    assert.deepEqual(shown, {
      own: 1,
      mode: "x",
      t: { access: "A", refresh: "R", end: 1_800_000_000_000 },
      last: "2026-01-01T00:00:00Z",
    });
  });

  test("after a renewal has times in the notation that stood there", () => {
    const renewed = renewedDocument(outside, login, { tokens: { access: "B" }, nowMs: 1000, lifeSeconds: 60 });
    assert.deepEqual(renewed, {
      ...outside,
      t: { access: "B", refresh: REFRESH, end: 61_000 },
      last: "1970-01-01T00:00:01.000Z",
    });
  });

  test("is an object or nothing", () => {
    for (const text of ["", "[]", "null", "{", '"x"']) assert.equal(readDocument(text), undefined);
  });
});

describe("an answer", () => {
  const read = (data: unknown) => readAnswer(Buffer.from(typeof data === "string" ? data : JSON.stringify(data)));

  test("is every key in it, at any depth", () => {
    assert.deepEqual(
      read({
        user: { access_token: "inner" },
        access_token: "a",
        refresh_token: "r",
        raw_key: "k",
        expires_in: 5,
        token_type: "Bearer",
      }),
      { tokens: { access: "a", refresh: "r" }, others: ["k", "inner"], lifeSeconds: 5 },
    );
    assert.deepEqual(read("access_token=a%2Fb&scope=x"), { tokens: { access: "a/b" }, others: [] });
    assert.deepEqual(read(""), { tokens: {}, others: [] });
  });

  test("that can't be read is none", () => {
    for (const text of ["<html>", "[1]", "{", "token: x", "\u0000"]) assert.equal(read(text), undefined);
  });
});

describe("a request that renews", () => {
  const through = (type: string, body: string, path = "/token"): string => {
    const asked = {
      target: { host: "auth.test", port: 443 },
      method: "POST",
      path,
      headers: [["content-type", type]] as const,
    };
    const swap = refreshSwap(asked, (placeholder) => (placeholder === "PLACE/1" ? "VALUE/2" : undefined));
    if (swap === undefined) return body;
    const half = body.length >> 1;
    return (
      [body.slice(0, half), body.slice(half)].map((each) => swap.push(Buffer.from(each)).toString()).join("") +
      swap.end().toString()
    );
  };
  const JSON_TYPE = "application/json; charset=utf-8";
  const FORM_TYPE = "application/x-www-form-urlencoded";

  test("has the token in the place of its placeholder", () => {
    assert.equal(
      through(
        JSON_TYPE,
        '{ "client_id": "c", "refresh_token":"PLACE/1",\n"grant_type":"refresh_token", "expires_in": 5 }',
      ),
      '{ "client_id": "c", "refresh_token":"VALUE/2",\n"grant_type":"refresh_token", "expires_in": 5 }',
    );
    assert.equal(
      through(FORM_TYPE, "refresh_token=PLACE%2F1&grant_type=refresh_token"),
      "refresh_token=VALUE%2F2&grant_type=refresh_token",
    );
  });

  test("stays as it is where an endpoint could go by something else", () => {
    for (const [type, body, path] of [
      [JSON_TYPE, '{"grant_type":"refresh_token","refresh_token":"PLACE/1","refresh_token":"x"}'],
      [JSON_TYPE, '{"grant_type":"refresh_token","refresh_token":"PLACE/1","refresh\\u005ftoken":"x"}'],
      [JSON_TYPE, '{"grant_type":"authorization_code","refresh_token":"PLACE/1"}'],
      [JSON_TYPE, '{"grant_type":"refresh_token","token":"PLACE/1","refresh_token":"x"}'],
      [JSON_TYPE, '{"grant_type":"refresh_token","refresh_token":"PLACE/1","x":{}}'],
      [JSON_TYPE, '{"grant_type":"refresh_token","refresh_token":"PLACE/1"}{"a":1}'],
      [JSON_TYPE, '[{"grant_type":"refresh_token","refresh_token":"PLACE/1"}]'],
      [FORM_TYPE, "grant_type=refresh_token&refresh_token=PLACE/1&refresh_token=x"],
      [FORM_TYPE, "grant_type=refresh_token;refresh_token=x&refresh_token=PLACE/1"],
      [JSON_TYPE, '{"grant_type":"refresh_token","refresh_token":"PLACE/1"}', "/token?refresh_token=x"],
      ["text/plain", '{"grant_type":"refresh_token","refresh_token":"PLACE/1"}'],
    ] as const)
      assert.equal(through(type, body, path), body);
  });
});

describe("a login", () => {
  const secret: PlannedSecret = {
    name: "account",
    from: "login:account",
    hosts: ["api.test"],
    places: ["header"],
    origin: "o",
    place: "p",
  };

  function open(t: TestContext, tokens?: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [source, kept] = [join(folder, "auth.json"), join(folder, "state/kept.json")];
    if (tokens !== undefined) writeFileSync(source, JSON.stringify({ t: tokens }));
    const inside = new Map<string, string>();
    const home = {
      read: (path: string) => inside.get(path),
      write: (path: string, text: string) => void inside.set(path, text),
    };
    const warned: string[] = [];
    const make = () =>
      new Login(
        secret,
        { ...login, file: { source, inHome: "auth.json" } },
        {
          places: { kept, home },
          clock: { nowMs: () => 0, wallMs: () => 0 },
          warn: (text) => warned.push(text),
        },
      );
    return { make, source, kept, inside, warned, folder };
  }

  test("keeps its placeholder when it is renewed, so that nobody who missed it is logged out", (t) => {
    const { make, source, inside } = open(t, { access: ACCESS, refresh: REFRESH });
    const first = make();
    const shown = first.shown?.placeholder;
    assert.match(inside.get("auth.json") ?? "", /at-test-/);
    assert.ok(!inside.get("auth.json")?.includes(ACCESS));
    first.granted({ tokens: { access: `at-test-${"c3".repeat(20)}` }, others: [] }, true);
    assert.equal(first.shown?.placeholder, shown);
    assert.equal(first.shown?.swappable().value, `at-test-${"c3".repeat(20)}`);
    assert.equal(JSON.parse(readFileSync(source, "utf8")).t.access, `at-test-${"c3".repeat(20)}`);
    assert.equal(make().shown?.placeholder, shown, "and in the next run of the same home");
  });

  test("of which another run knows more is taken over", (t) => {
    const { make, kept } = open(t);
    const [first, second] = [make(), make()];
    first.granted({ tokens: { access: ACCESS, refresh: REFRESH }, others: [] }, false);
    second.sync();
    assert.equal(second.shown?.placeholder, first.shown?.placeholder);
    assert.equal(second.shown?.swappable().value, ACCESS);
    assert.equal(statSync(kept).mode & 0o777, 0o600);
  });

  test("that can't be written to the user's file is kept, and told", (t) => {
    const { make, source, kept, warned } = open(t, { access: ACCESS, refresh: REFRESH });
    const first = make();
    rmSync(source);
    // No file can take the place of a folder.
    mkdirSync(source);
    first.granted({ tokens: { access: `at-test-${"d4".repeat(20)}` }, others: [] }, true);
    assert.equal(warned.length, 1);
    assert.ok(readFileSync(kept, "utf8").includes("d4d4"));
  });

  test("that was revoked stays so, whatever is given out later", (t) => {
    const { make } = open(t, { access: ACCESS, refresh: REFRESH });
    const first = make();
    first.revoke();
    first.granted(
      { tokens: { access: `at-test-${"e5".repeat(20)}`, refresh: `rt-test-${"e5".repeat(20)}` }, others: [] },
      false,
    );
    assert.deepEqual([...new Set(first.leases.map(({ state }) => state))], ["revoked"]);
  });
});
