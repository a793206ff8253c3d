// The filter as the HTTP gate uses it: heads, bodies in every wrapping, what is held back, and what passes untouched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { EXAMPLES, gitHubToken } from "./examples.test-data.js";
import { makeFilterFactory, type RequestHead } from "./filter.js";

const SECRET = "correct-horse-battery-7741";
const CANARY = "cnry-5b1d0f9e3a7c";
const factory = makeFilterFactory({
  secrets: [Buffer.from(`${SECRET}\n`)],
  canaries: [Buffer.from(CANARY)],
  patterns: [],
});
const TOKEN = gitHubToken();

function head(headers: RequestHead["headers"] = [], path = "/upload"): RequestHead {
  return { method: "POST", path, headers };
}

function chunked(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function send(
  body: Buffer | string,
  options: { headers?: RequestHead["headers"]; size?: number; mode?: "block" | "alert" } = {},
) {
  const filter = factory.open(head(options.headers), options.mode ?? "block");
  const bytes = Buffer.from(body);
  const steps = [...chunked(bytes, options.size ?? bytes.length).map((chunk) => filter.push(chunk)), filter.end()];
  return {
    passed: Buffer.concat(steps.map(({ pass }) => pass)),
    found: [...new Set(steps.flatMap(({ found }) => (found === undefined ? [] : [found.what])))],
  };
}

test("each known format is found as it stands, in JSON, in base64 and in hexadecimal digits", () => {
  for (const { what, text, plainOnly } of EXAMPLES) {
    assert.deepEqual(send(`a ${text} b`).found, [what], what);
    assert.deepEqual(send(JSON.stringify({ x: [text] })).found, [what], `${what} in JSON`);
    assert.deepEqual(send(JSON.stringify({ x: JSON.stringify({ y: text }) })).found, [what], `${what} in JSON in JSON`);
    assert.deepEqual(send(`a=1&b=${encodeURIComponent(text)}`).found, [what], `${what} in a form`);
    assert.deepEqual(send(`a ${text}\n`, { size: 1 }).found, [what], `${what} in single bytes`);
    if (plainOnly === true) continue;
    for (const pad of ["", " ", "  "])
      assert.deepEqual(send(Buffer.from(`${pad}${text} .`).toString("base64")).found, [what], `${what} in base64`);
    assert.deepEqual(send(Buffer.from(text).toString("hex")).found, [what], `${what} in hex`);
  }
});

test("a secret of the policy is found inside of every wrapping, at every place", () => {
  const wrappings: Record<string, (text: string) => string> = {
    base64: (text) => Buffer.from(text).toString("base64"),
    base64url: (text) => Buffer.from(text).toString("base64url"),
    hex: (text) => Buffer.from(text).toString("hex"),
    HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
    percent: (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    unicode: (text) => [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    lines: (text) =>
      Buffer.from("x".repeat(40) + text)
        .toString("base64")
        .replace(/.{60}/g, "$&\r\n"),
    gzip: (text) => gzipSync(text).toString("base64"),
    none: (text) => text,
  };
  for (const [outer, wrap] of Object.entries(wrappings)) {
    for (const [inner, wrapInner] of Object.entries(wrappings)) {
      if (outer === "lines" && inner === "lines") continue;
      for (const pad of ["", "k", "kk"]) {
        if (/gzip|lines/.test(inner) && pad !== "") continue;
        if (outer === "gzip" && inner === "gzip") continue;
        if (["hex", "HEX"].includes(outer) && /gzip|lines|percent|unicode/.test(inner)) continue;
        if (/base64|gzip|lines/.test(outer) && /gzip|lines|percent|unicode/.test(inner) && outer !== "gzip") continue;
        const text = wrap(pad + wrapInner(`${pad}${SECRET}.`));
        for (const size of [1, 7, 4096]) {
          const { found, passed } = send(`{"a":"${text}"}`, { size });
          assert.deepEqual(found, ["a secret of the policy"], `${inner} in ${outer}, ${pad.length}, chunks of ${size}`);
          assert.ok(passed.length < `{"a":"${text}`.length);
        }
      }
    }
  }
});

test("block mode never passes a found secret on, alert mode passes everything at once", () => {
  for (const size of [1, 3, 16, 100, 5000]) {
    const body = `${"x y ".repeat(200)}${CANARY}${" tail".repeat(100)}`;
    const { passed, found } = send(body, { size });
    assert.deepEqual(found, ["a canary"]);
    assert.ok(passed.length <= 800 + 12, `${passed.length}`);
    const alert = send(body, { size, mode: "alert" });
    assert.equal(alert.passed.toString(), body);
    assert.deepEqual(alert.found, ["a canary"]);
  }
});

test("at a glance only what is exact is looked for, nothing waits, and what can't be read passes", () => {
  const decoys = makeFilterFactory({ secrets: [], canaries: [Buffer.from(CANARY)], patterns: [], exactOnly: true });
  const through = (body: Buffer, headers: RequestHead["headers"] = []) => {
    const filter = decoys.open(head(headers), "glance");
    const steps = [...chunked(body, 5).map((chunk) => filter.push(chunk)), filter.end()];
    const found = steps.flatMap((step) => step.found?.what ?? []);
    return { passed: Buffer.concat(steps.map(({ pass }) => pass)), found };
  };
  for (const body of [TOKEN, SECRET]) {
    assert.deepEqual(through(Buffer.from(body)), { passed: Buffer.from(body), found: [] });
    assert.equal(decoys.open(head([["x-note", body]]), "glance").head(), undefined);
  }
  assert.deepEqual(through(Buffer.from("anything"), [["content-encoding", "zstd"]]).found, []);
  assert.deepEqual(through(Buffer.from(`<${CANARY}>`)).found, ["a canary"]);
  assert.deepEqual(through(gzipSync(CANARY)).found, ["a canary"]);
  assert.deepEqual(through(gzipSync(CANARY), [["content-encoding", "gzip"]]).found, ["a canary"]);
  const bearer = decoys.open(head([["authorization", `Bearer ${CANARY}`]]), "glance");
  assert.deepEqual(bearer.head(), { what: "a canary", where: "header" });
});

test("nothing waits that is no beginning of a secret", () => {
  const filter = factory.open(head(), "block");
  const text = Buffer.from('{"message":"hello, world"}\n');
  for (let round = 0; round < 50; round++) assert.ok(filter.push(text).pass.equals(text));
});

test("the beginning of a secret waits for what follows and leaves if that is nothing", () => {
  const filter = factory.open(head(), "block");
  assert.equal(filter.push(Buffer.from(`token ${TOKEN.slice(0, 20)}`)).pass.toString(), "token ");
  assert.equal(filter.push(Buffer.from("!")).pass.toString(), `${TOKEN.slice(0, 20)}!`);
  assert.equal(filter.push(Buffer.from(TOKEN.slice(0, 20))).pass.length, 0);
  assert.equal(filter.end().pass.toString(), TOKEN.slice(0, 20));
});

test("packed bodies are looked into, also when they are packed twice, and pass unchanged when they are clean", () => {
  const packings = {
    gzip: gzipSync,
    "x-gzip": gzipSync,
    br: brotliCompressSync,
    deflate: deflateSync,
    "Deflate ": deflateRawSync,
  };
  const clean = Buffer.from("nothing to see here ".repeat(5000));
  for (const [name, pack] of Object.entries(packings)) {
    for (const size of [1, 10, 100_000]) {
      const headers = [["Content-Encoding", name]] as const;
      assert.deepEqual(send(pack(`${"z".repeat(5000)} ${TOKEN} `), { headers, size }).found, ["a GitHub token"], name);
      const packed = pack(clean);
      assert.ok(send(packed, { headers, size }).passed.equals(packed));
    }
  }
  const twice = brotliCompressSync(gzipSync(`a ${SECRET}`));
  assert.deepEqual(send(twice, { headers: [["content-encoding", "gzip, br"]] }).found, ["a secret of the policy"]);
});

test("an encoding that can't be read is refused, and so is one that lies, goes on after its end or grows without bound", () => {
  const unreadable = "a body in an encoding that can't be read";
  assert.deepEqual(send("x", { headers: [["content-encoding", "zstd"]] }).found, [unreadable]);
  assert.deepEqual(send("plain text", { headers: [["content-encoding", "gzip"]] }).found, [unreadable]);
  const more = Buffer.concat([deflateSync("a"), Buffer.from("more")]);
  assert.deepEqual(send(more, { headers: [["content-encoding", "deflate"]] }).found, [unreadable]);
  const bomb = brotliCompressSync(Buffer.alloc(20_000_000));
  const bombed = "a body that unpacks to far more than its size";
  assert.deepEqual(send(bomb, { headers: [["content-encoding", "br"]] }).found, [bombed]);
  assert.deepEqual(send(gzipSync(Buffer.alloc(20_000_000)), { headers: [["content-encoding", "gzip"]] }).found, [
    bombed,
  ]);
  assert.deepEqual(send("", { headers: [["content-encoding", "zstd"]] }).found, []);
});

test("archives and uploads without a declared encoding are looked into", () => {
  const inner = gzipSync(`${"a b ".repeat(3000)}${TOKEN} `);
  const multipart = Buffer.concat([
    Buffer.from('--b\r\ncontent-disposition: form-data; name="f"\r\n\r\n'),
    inner,
    Buffer.from("\r\n--b--\r\n"),
  ]);
  for (const size of [1, 50, 100_000]) {
    assert.deepEqual(send(multipart, { size }).found, ["a GitHub token"]);
    assert.deepEqual(send(JSON.stringify({ tarball: inner.toString("base64") }), { size }).found, ["a GitHub token"]);
  }
});

test("the objects of a git push and the entries of a zip file are looked into", () => {
  const object = (type: number, bytes: Buffer, based: Buffer = Buffer.alloc(0)) => {
    const size = bytes.length;
    const header = Buffer.from([0x80 | (type << 4) | (size & 15), 0x80 | ((size >> 4) & 127), size >> 11]);
    return Buffer.concat([header, based, deflateSync(bytes)]);
  };
  const clean = Buffer.from("a line of code\n".repeat(40));
  const objects = [
    object(3, clean),
    object(7, clean, Buffer.alloc(20, 0xee)),
    object(6, clean, Buffer.from([0x81, 5])),
  ];
  const pack = (last: Buffer) => {
    const head = Buffer.from([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2, 0, 0, 0, 4]);
    return Buffer.concat([
      Buffer.from("00760000 refs/heads/main\0 report-status0000"),
      head,
      ...objects,
      object(3, last),
      Buffer.alloc(20),
    ]);
  };
  const entry = (bytes: Buffer) => {
    const header = Buffer.alloc(30 + 5);
    header.write("PK\x03\x04", "latin1");
    header.writeUInt16LE(8, 8);
    header.writeUInt16LE(5, 26);
    header.write("a.txt", 30);
    return Buffer.concat([header, deflateRawSync(bytes)]);
  };
  const secret = Buffer.from(`x = "${TOKEN}"\n`.repeat(20));
  const zip = (last: Buffer) => Buffer.concat([...Array.from({ length: 30 }, () => entry(clean)), entry(last)]);
  for (const make of [pack, zip]) {
    for (const size of [1, 60, 100_000]) {
      assert.deepEqual(send(make(secret), { size }).found, ["a GitHub token"]);
      assert.ok(send(make(clean), { size }).passed.equals(make(clean)));
    }
  }
});

test("a key may stand in the header that is made for it, a secret of the policy may not", () => {
  const of = (headers: RequestHead["headers"], path?: string) => factory.open(head(headers, path), "block").head();
  assert.equal(
    of([
      ["authorization", `Bearer ${TOKEN}`],
      ["X-Api-Key", TOKEN],
    ]),
    undefined,
  );
  assert.deepEqual(of([["x-note", TOKEN]]), { what: "a GitHub token", where: "header" });
  assert.deepEqual(of([["authorization", `Bearer ${SECRET}`]]), { what: "a secret of the policy", where: "header" });
  const basic = Buffer.from(`me:${SECRET}`).toString("base64");
  assert.deepEqual(of([["authorization", `Basic ${basic}`]]), { what: "a secret of the policy", where: "header" });
  assert.deepEqual(of([], `/a?q=${encodeURIComponent(Buffer.from(CANARY).toString("base64"))}`), {
    what: "a canary",
    where: "url",
  });
  assert.deepEqual(of([], `/a/${TOKEN}`), { what: "a GitHub token", where: "url" });
  assert.equal(of([], `/v1/models?key=${"AIza"}SyB-1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tUv`), undefined);
  assert.deepEqual(of([[SECRET, "x"]]), { what: "a secret of the policy", where: "header" });
});

test("the policy's patterns are found over chunk boundaries, in escapes and in base64, and only whole ones", () => {
  const withPatterns = makeFilterFactory({ secrets: [], patterns: ["PROJECT-\\d{4}", "^top secret$"] });
  const found = (body: string, size: number) => {
    const filter = withPatterns.open(head(), "block");
    const steps = [...chunked(Buffer.from(body), size).map((chunk) => filter.push(chunk)), filter.end()];
    return { what: steps.at(-1)?.found?.what, passed: Buffer.concat(steps.map(({ pass }) => pass)).toString() };
  };
  for (const size of [1, 5, 100_000]) {
    assert.equal(found(`x PROJECT-1234`, size).what, "pattern 1 of network.filter.patterns");
    assert.equal(found(`x PROJEC\\u0054-1234 y`, size).what, "pattern 1 of network.filter.patterns");
    assert.equal(
      found(Buffer.from("see PROJECT-1234 there").toString("base64"), size).what,
      "pattern 1 of network.filter.patterns",
    );
    assert.equal(found("top secret", size).what, "pattern 2 of network.filter.patterns");
    const clean = `${"PROJECT-123x ".repeat(size < 10 ? 40 : 3000)}top secret`;
    assert.deepEqual(found(clean, size), { what: undefined, passed: clean });
  }
  assert.deepEqual(withPatterns.open(head([["x", "top secret"]]), "block").head(), {
    what: "pattern 2 of network.filter.patterns",
    where: "header",
  });
});

test("a pattern that backtracks without end is stopped and counts as found", () => {
  const slow = makeFilterFactory({ secrets: [], patterns: ["(a+)+$"] });
  const began = performance.now();
  for (let round = 0; round < 20; round++) {
    const found = slow.open(head(), "block").push(Buffer.from(`${"a".repeat(60)}!`)).found;
    assert.match(found?.what ?? "", /^pattern 1 of network\.filter\.patterns \(it (?:took|takes) too long\)$/);
  }
  assert.ok(performance.now() - began < 5000);
});
