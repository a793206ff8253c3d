import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bodySwap } from "./swap-body.js";
import { swapHead } from "./swap-head.js";
import type { Pair, Swappable } from "./types.js";

const value = "sk-ant-api03-REALREALREALREAL1234";
const placeholder = "sk-ant-api03-fakefakefakefake5678";
const secret: Swappable = { name: "key", placeholder, value, places: ["header", "query", "body"] };
const field = (name: string, text: string, places = secret.places): string =>
  swapHead("/", [[name, text]], [{ ...secret, places }]).headers[0]?.[1] ?? "";

describe("in header fields", () => {
  test("a word of its own is swapped where keys stand", () => {
    assert.equal(field("Authorization", `Bearer ${placeholder}`), `Bearer ${value}`);
    assert.equal(field("x-api-key", placeholder), value);
    assert.equal(field("Authorization", `Token token="${placeholder}", x=1`), `Token token="${value}", x=1`);
    assert.equal(field("cookie", `a=1; session=${placeholder}; b=2`), `a=1; session=${value}; b=2`);
  });

  test("as user or password of Basic authentication", () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    assert.equal(field("authorization", basic(`x-token:${placeholder}`)), basic(`x-token:${value}`));
    assert.equal(field("authorization", basic(`${placeholder}:`)), basic(`${value}:`));
    assert.equal(field("authorization", basic(`${placeholder}`)), basic(value));
    assert.equal(field("authorization", basic(`${placeholder}2:`)), basic(`${placeholder}2:`));
  });

  test("nowhere else", () => {
    for (const [name, text] of [
      ["user-agent", placeholder],
      ["referer", `https://x/${placeholder}`],
      ["authorization", `Bearer ${placeholder}x`],
      ["authorization", `Bearer x${placeholder}`],
    ] as const)
      assert.equal(field(name, text), text);
    assert.equal(field("x-api-key", placeholder, ["query"]), placeholder);
  });
});

describe("in the address", () => {
  const path = (text: string, places = secret.places) => swapHead(text, [], [{ ...secret, places }]).path;

  test("as the whole of a parameter that is named for a key", () => {
    assert.equal(path(`/v1?key=${placeholder}&q=1`), `/v1?key=${value}&q=1`);
    assert.equal(path(`/v1?api_key=${encodeURIComponent(placeholder)}`), `/v1?api_key=${value}`);
    assert.equal(path(`/v1?q=${placeholder}`), `/v1?q=${placeholder}`);
    assert.equal(path(`/v1?key=${placeholder}x`), `/v1?key=${placeholder}x`);
  });

  test("in the path only where the policy says so", () => {
    assert.equal(path(`/bot${placeholder}/send`), `/bot${placeholder}/send`);
    assert.equal(path(`/bot${placeholder}/send`, ["path"]), `/bot${value}/send`);
  });
});

describe("in bodies", () => {
  const through = (type: string, chunks: readonly string[]): { text: string; used: string[] } => {
    const used: string[] = [];
    const headers: readonly Pair[] = [["content-type", type]];
    const swap = bodySwap(headers, [secret], (name) => used.push(name));
    if (swap === undefined) return { text: chunks.join(""), used };
    const parts = chunks.map((chunk) => swap.push(Buffer.from(chunk)).toString());
    return { text: parts.join("") + swap.end().toString(), used };
  };
  const json = (data: unknown) => through("application/json; charset=utf-8", [JSON.stringify(data)]);

  test("a member of the outermost object that is named for a key", () => {
    assert.deepEqual(JSON.parse(json({ a: [1, { b: 2 }], api_key: placeholder, c: "x" }).text), {
      a: [1, { b: 2 }],
      api_key: value,
      c: "x",
    });
    assert.deepEqual(json({ refreshToken: placeholder }).used, ["key"]);
  });

  test("never deeper, never under another name, never as a part", () => {
    for (const data of [
      { messages: [{ role: "user", content: placeholder }] },
      { messages: [{ content: [{ type: "tool_use", input: { api_key: placeholder } }] }] },
      { input: { token: placeholder } },
      { content: placeholder },
      { token: `${placeholder} ` },
      { content: `{"api_key":"${placeholder}"}` },
      { content: `\\","api_key":"${placeholder}` },
      { [`x","api_key`]: placeholder },
      [placeholder, { api_key: placeholder }],
      placeholder,
    ])
      assert.equal(json(data).text, JSON.stringify(data));
  });

  test("of a form", () => {
    const form = (text: string) => through("application/x-www-form-urlencoded", [text]).text;
    assert.equal(form(`grant_type=x&refresh_token=${placeholder}&a=b`), `grant_type=x&refresh_token=${value}&a=b`);
    assert.equal(form(`note=${placeholder}`), `note=${placeholder}`);
    assert.equal(form(`refresh_token=${placeholder}`), `refresh_token=${value}`);
  });

  test("not in other bodies, nor in packed ones", () => {
    assert.equal(
      bodySwap([["content-type", "text/plain"]], [secret], () => undefined),
      undefined,
    );
    const packed: readonly Pair[] = [
      ["content-type", "application/json"],
      ["content-encoding", "gzip"],
    ];
    assert.equal(
      bodySwap(packed, [secret], () => undefined),
      undefined,
    );
  });

  test("however they are cut, with the same length and everything else as it was", () => {
    const arbitrary = fc.dictionary(
      fc.oneof(fc.constantFrom("token", "api_key", "text", "x"), fc.string()),
      fc.oneof(fc.constant(placeholder), fc.string(), fc.jsonValue(), fc.constant(`${placeholder}"`)),
    );
    fc.assert(
      fc.property(arbitrary, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (data, cuts) => {
        const bytes = Buffer.from(JSON.stringify(data, null, 1));
        const chunks: Buffer[] = [];
        for (let at = 0, index = 0; at < bytes.length; index++) {
          const size = cuts[index % cuts.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const swap = bodySwap([["content-type", "application/json"]], [secret], () => undefined);
        assert.ok(swap !== undefined);
        const out = Buffer.concat([...chunks.map((chunk) => swap.push(chunk)), swap.end()]);
        assert.equal(out.length, bytes.length);
        const named = (name: string) => /^(?:token|api_key)$/.test(name);
        const expected = Object.fromEntries(
          Object.entries(data).map(([name, each]) => [name, each === placeholder && named(name) ? value : each]),
        );
        assert.deepEqual(JSON.parse(out.toString()), JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});
