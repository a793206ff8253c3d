import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { EventDraft } from "../events/types.js";
import type { PlannedSecret } from "../plan/secret.js";
import { Broker } from "./broker.js";
import type { Passage } from "./passage.js";
import type { Withheld } from "./types.js";

const KEY = "sk-test-Qw3rTy7uI9oP1aS5dF8gH2jK4lZ6xC0v";
const secret = (more: Partial<PlannedSecret> = {}): PlannedSecret => ({
  name: "key",
  from: "env:KEY",
  hosts: ["api.test", "*.wild.test"],
  places: ["header", "query", "body"],
  origin: "secrets.key",
  place: "cordon.yaml:3:8",
  ...more,
});

interface Clock {
  ms: number;
}

async function open(
  more: Partial<PlannedSecret> = {},
  env: Record<string, string> = { KEY },
  clock: Clock = { ms: 0 },
) {
  const broker = await Broker.open({
    secrets: [secret(more)],
    env,
    nowMs: () => clock.ms,
    matchesPath: (pattern, path) => pattern === path,
  });
  const events: EventDraft[] = [];
  broker.tell((draft) => events.push(draft));
  return { broker, events, placeholder: broker.placeholderOf("key") ?? "" };
}

function ask(
  broker: Broker,
  field: string,
  more: { host?: string; method?: string; path?: string } = {},
): Passage | Withheld {
  const { host = "api.test", method = "GET", path = "/" } = more;
  return broker.open({ target: { host, port: 443 }, method, path, headers: [["authorization", `Bearer ${field}`]] });
}

const sent = (passage: Passage | Withheld): string =>
  passage.allowed
    ? (passage.headers.find(([name]) => name === "authorization")?.[1] ?? "")
    : `refused: ${passage.reason}`;

describe("the broker", () => {
  test("puts the value in and tells of it, without a byte of it", async () => {
    const { broker, events, placeholder } = await open();
    assert.equal(sent(ask(broker, placeholder)), `Bearer ${KEY}`);
    assert.deepEqual(events, [{ type: "secret.used", name: "key", host: "api.test" }]);
  });

  test("knows its hosts", async () => {
    const { broker } = await open();
    assert.ok(broker.bound("api.test") && broker.bound("a.b.wild.test"));
    assert.ok(!broker.bound("wild.test") && !broker.bound("evil.test") && !broker.bound("api.test.evil.test"));
  });

  test("asks for an answer in a form that can be read, and whole", async () => {
    const { broker, placeholder } = await open();
    const passage = broker.open({
      target: { host: "api.test", port: 443 },
      method: "GET",
      path: "/",
      headers: [
        ["Accept-Encoding", "gzip, zstd"],
        ["Range", "bytes=0-3"],
        ["x-api-key", placeholder],
      ],
    });
    assert.ok(passage.allowed);
    assert.deepEqual(passage.headers, [
      ["x-api-key", KEY],
      ["accept-encoding", "identity"],
    ]);
  });

  test("takes the value out of what comes back", async () => {
    const { broker, placeholder } = await open();
    const passage = ask(broker, placeholder);
    assert.ok(passage.allowed);
    assert.deepEqual(passage.fields([["location", `https://x/?key=${KEY}`]]), [
      ["location", `https://x/?key=${placeholder}`],
    ]);
  });

  test("a revoked secret is a clear refusal, of requests that carry it only", async () => {
    const { broker, placeholder } = await open();
    assert.ok(broker.revoke("key", "a test"));
    assert.equal(sent(ask(broker, placeholder)), "refused: the secret key isn't put into this request: it was revoked");
    assert.equal(sent(ask(broker, "other")), "Bearer other");
  });

  test("a lease out of a variable ends with its time", async () => {
    const clock = { ms: 0 };
    const { broker, placeholder } = await open({ ttlMs: 1000 }, { KEY }, clock);
    clock.ms = 999;
    assert.equal(sent(ask(broker, placeholder)), `Bearer ${KEY}`);
    clock.ms = 1000;
    assert.equal(broker.ready("api.test"), undefined);
    assert.match(sent(ask(broker, placeholder)), /^refused: .* its lease has ended/);
  });

  test("so many requests and so many tokens, then a clear refusal", async () => {
    const some = await open({ requests: 2 });
    assert.equal(sent(ask(some.broker, some.placeholder)), `Bearer ${KEY}`);
    assert.equal(sent(ask(some.broker, some.placeholder)), `Bearer ${KEY}`);
    assert.match(sent(ask(some.broker, some.placeholder)), /its 2 requests are used up/);
    const { broker, placeholder } = await open({ tokens: 100 });
    const passage = ask(broker, placeholder);
    assert.ok(passage.allowed);
    const stream = passage.scrub();
    const usage = '{"usage":{"input_tokens":60,"output_tokens":50}}';
    assert.equal(stream.push(Buffer.from(usage)).toString(), usage);
    assert.equal(broker.leases[0]?.tokens, 110);
    assert.match(sent(ask(broker, placeholder)), /its 100 tokens are used up/);
  });

  test("methods and paths bound it", async () => {
    const { broker, placeholder } = await open({ methods: ["POST"], paths: ["/v1"] });
    assert.equal(sent(ask(broker, placeholder, { method: "POST", path: "/v1" })), `Bearer ${KEY}`);
    assert.match(sent(ask(broker, placeholder, { path: "/v1" })), /it isn't for GET requests/);
    assert.match(sent(ask(broker, placeholder, { method: "POST", path: "/v2" })), /it isn't for this path/);
  });

  test("a missing value, an empty and a short one are refusals that name the place", async () => {
    const refused = (env: Record<string, string>, message: RegExp) =>
      assert.rejects(
        open({}, env),
        (error: Error & { place?: string }) => error.place === "cordon.yaml:3:8" && message.test(error.message),
      );
    await refused({}, /\$KEY isn't set/);
    await refused({ KEY: "hunter2" }, /too short/);
    await refused({ KEY: "two\nlines-of-something-long-enough" }, /line breaks/);
  });

  test("sees its value in texts", async () => {
    const { broker } = await open();
    assert.equal(broker.reveals(`--key=${KEY}`), "key");
    assert.equal(broker.reveals("--key=other"), undefined);
  });
});

describe("a value that changes", () => {
  test("in a file is read again when its time is over, and when the server doesn't take it any more", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "key");
    const [first, second, third] = ["1", "2", "3"].map((each) => `sk-test-${each.repeat(32)}x${each}Y`);
    writeFileSync(file, `${first}\n`);
    const clock = { ms: 100_000 };
    const { broker, placeholder } = await open({ from: `file:${file}`, ttlMs: 60_000 }, {}, clock);
    assert.equal(sent(ask(broker, placeholder)), `Bearer ${first}`);
    writeFileSync(file, `${second}\n`);
    clock.ms += 60_000;
    await broker.ready("api.test");
    const passage = ask(broker, placeholder);
    assert.equal(sent(passage), `Bearer ${second}`);
    assert.ok(passage.allowed);
    assert.ok(
      !passage.text(`${first} ${second}`).includes("1111") && !passage.text(`${first} ${second}`).includes("2222"),
    );
    writeFileSync(file, `${third}\n`);
    clock.ms += 10_000;
    passage.answered(401);
    await broker.ready("api.test");
    assert.equal(sent(ask(broker, placeholder)), `Bearer ${third}`);
  });

  test("of a program is what it prints; nothing it says is told", async () => {
    const { broker, placeholder } = await open({ from: `command:printf '%s\\n' ${KEY}` }, { PATH: "/usr/bin:/bin" });
    assert.equal(sent(ask(broker, placeholder)), `Bearer ${KEY}`);
    await assert.rejects(
      open({ from: `command:sh -c 'echo ${KEY}; echo ${KEY} >&2; exit 3'` }, { PATH: "/usr/bin:/bin" }),
      (error: Error) => {
        assert.match(error.message, /sh ended with status 3/);
        return !error.message.includes(KEY);
      },
    );
    await assert.rejects(open({ from: "command:no-such-program-here" }, { PATH: "/usr/bin:." }), /isn't there/);
  });
});
