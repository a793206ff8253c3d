// What the filter must not find: ordinary code, lock files, binaries, base64. An agent's work stops at every false alarm.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { makeFilterFactory } from "./filter.js";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..", "..", "..", "..");
const factory = makeFilterFactory({ secrets: [], patterns: [] });

function findingsIn(bytes: Buffer): readonly string[] {
  const filter = factory.open({ method: "POST", path: "/", headers: [] }, "alert");
  const pieces = Array.from({ length: Math.ceil(bytes.length / 50_000) }, (_, index) =>
    bytes.subarray(index * 50_000, (index + 1) * 50_000),
  );
  return [...pieces.map((piece) => filter.push(piece)), filter.end()].flatMap(({ found }) => found?.what ?? []);
}

function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => join(root, folder, name));
}

/** The beginning of a file, for large ones. */
function beginningOf(path: string, maxBytes: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(maxBytes);
    return bytes.subarray(0, readSync(fd, bytes, 0, maxBytes, 0));
  } finally {
    closeSync(fd);
  }
}

test("nothing is found in this repository's sources, documents and lock file", () => {
  const files = [...filesBelow("src", /\.ts$/), ...filesBelow("docs", /\.md$/), join(root, "package-lock.json")];
  assert.ok(files.length > 100);
  for (const file of files) assert.deepEqual(findingsIn(readFileSync(file)), [], file);
  const all = files.map((file) => ({ file, text: readFileSync(file, "utf8") }));
  assert.deepEqual(findingsIn(Buffer.from(JSON.stringify(all))), []);
});

test("nothing is found in the code of packages", () => {
  const files = ["zod", "yaml", "fast-check", "esbuild"].flatMap((name) =>
    filesBelow(`node_modules/${name}`, /\.(?:js|cjs|mjs|json|md)$/),
  );
  assert.deepEqual(findingsIn(Buffer.concat(files.map((file) => readFileSync(file)))), []);
});

test("nothing is found in a program, in random bytes, and in these in base64, in hexadecimal digits and packed", () => {
  assert.deepEqual(findingsIn(beginningOf(process.execPath, 16 * 1024 * 1024)), []);
  const random = randomBytes(3_000_000);
  for (const bytes of [random, random.toString("base64"), random.toString("hex"), gzipSync(random)]) {
    assert.deepEqual(findingsIn(Buffer.from(bytes)), []);
  }
});

test("nothing is found in the examples of manuals", () => {
  const texts = [
    "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_1234567890abcdefghijklmnopqrstuvwxyz",
    "postgres://postgres:postgres@localhost:5432/app mysql://user:password123@db.example.com/x",
    "redis://:<REDIS_PASSWORD1>@cache.acme.io:6379",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "machine HOST\n login USER\n password PASSWORD",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "npm_config_user_agent npm_lifecycle_event task-list-item sk-learn-compatible-estimators-of-all-kinds",
  ];
  for (const text of texts) assert.deepEqual(findingsIn(Buffer.from(` ${text} `)), [], text);
});
