import assert from "node:assert/strict";
import { test } from "node:test";
import { pair, read } from "./fixture.js";
import { peek } from "./peek.js";

const LIMITS = { firstMs: 5_000, restMs: 5_000 };

test("the bytes that were looked at are read again by whoever takes the socket", {
  timeout: 10_000,
}, async (context) => {
  const [near, far] = await pair(context);
  far.write("GET / HT");
  const peeking = peek(near, LIMITS);
  far.end("TP/1.1\r\n\r\nbody");
  const seen = await peeking.result;
  assert.equal(seen.kind, "http");
  // The end has arrived by now, and must not overtake the bytes.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await read(near)).toString(), "GET / HTTP/1.1\r\n\r\nbody");
});

test("a client that ends within its first line is raw, with the bytes at hand", {
  timeout: 10_000,
}, async (context) => {
  const [near, far] = await pair(context);
  far.end("PING");
  const seen = await peek(near, LIMITS).result;
  assert.ok(seen.kind === "raw");
  assert.equal(seen.rest?.toString(), "PING");
});

test("ending without a byte, leaving and being slow are told apart", { timeout: 10_000 }, async (context) => {
  const [near, far] = await pair(context);
  far.end();
  assert.equal((await peek(near, LIMITS).result).kind, "empty");
  assert.equal((await peek(near, LIMITS).result).kind, "empty");
  const [second, gone] = await pair(context);
  const leaving = peek(second, LIMITS).result;
  second.on("error", () => undefined);
  gone.resetAndDestroy();
  assert.equal((await leaving).kind, "closed");
  const [third] = await pair(context);
  assert.equal((await peek(third, { firstMs: 10, restMs: 10 }).result).kind, "slow");
});

test("without a limit for the first byte there is one for the rest", { timeout: 10_000 }, async (context) => {
  const [near, far] = await pair(context);
  const peeking = peek(near, { restMs: 20 });
  far.write("GE");
  assert.equal((await peeking.result).kind, "slow");
  assert.ok(peeking.begun);
});
