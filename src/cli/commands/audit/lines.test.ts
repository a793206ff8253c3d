import assert from "node:assert/strict";
import { test } from "node:test";
import { entryOf, isWanted } from "../../../audit/entries.js";
import { filterOf } from "./filters.js";
import { entryLine, painter } from "./lines.js";

const PLACE = { run: "npm-0123abcd", file: "/records/npm-0123abcd.jsonl", line: 7 };
const plain = painter(false);

function entry(value: Readonly<Record<string, unknown>>) {
  return entryOf(
    PLACE,
    Buffer.from(JSON.stringify({ seq: 1, time: "2026-01-31T12:00:00.123Z", run: PLACE.run, ...value })),
  );
}

test("an event is one line, in which nothing acts on a terminal", () => {
  const line = entryLine(
    entry({ type: "network.denied", host: "a\u001b[31m\n\u202eb", port: 443, reason: "no rule\r" }),
    plain,
  );
  assert.match(
    line,
    /^2026-01-31 \d\d:\d\d:00\.123 {2}network\.denied {5}a\\x1b\[31m\\x0a\\u\{202e\}b:443 {2}no rule\\x0d$/,
  );
});

test("an event of a type that isn't known is told in full, and a line that isn't JSON as such", () => {
  assert.match(entryLine(entry({ type: "new.kind", what: "x", count: 3 }), plain), /new\.kind +x {2}count 3$/);
  assert.equal(entryLine(entryOf(PLACE, Buffer.from("\u001b]0;x")), plain), "line 7 can't be read: \\x1b]0;x");
});

test("colours are there only when they are wanted", () => {
  const denied = entry({ type: "network.denied", host: "a", port: 1, reason: "r" });
  assert.match(entryLine(denied, painter(true)), /\u001b\[31mnetwork\.denied/);
  assert.doesNotMatch(entryLine(denied, plain), /\u001b/);
});

function wanted(
  options: Readonly<Record<string, string | readonly string[]>>,
  value: Readonly<Record<string, unknown>>,
): boolean {
  const out = { print: () => undefined, note: () => undefined, colour: false, interactive: false };
  const invocation = { options, positionals: [], order: [], env: {}, cwd: "/", out };
  return isWanted(filterOf(invocation, Date.parse("2026-01-31T13:00:00Z")), entry(value));
}

test("filters by type, time and host", () => {
  const denied = { type: "network.denied", host: "api.example.com", port: 443, reason: "r" };
  assert.ok(wanted({ type: ["network"] }, denied));
  assert.ok(!wanted({ type: ["net", "dns.denied"] }, denied));
  assert.ok(wanted({ since: "2h" }, denied) && !wanted({ since: "30m" }, denied));
  assert.ok(wanted({ until: "2026-01-31T12:00:01Z" }, denied) && !wanted({ until: "2026-01-31T12:00:00Z" }, denied));
  assert.ok(wanted({ host: "*.example.com" }, denied) && !wanted({ host: "example.com" }, denied));
  assert.ok(wanted({ host: "x.test" }, { type: "dns.denied", name: "x.test", reason: "r" }));
  assert.throws(() => wanted({ since: "yesterday" }, denied), /neither a time nor a duration/);
});
