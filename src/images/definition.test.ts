import assert from "node:assert/strict";
import { test } from "node:test";
import { readDefinition, tagged } from "./definition.js";
import { definitionDigest, isLockOf, readLock } from "./lock.js";

const SUM = "a".repeat(64);

function read(...lines: readonly string[]) {
  return readDefinition(Buffer.from(`version: 1\nname: localhost/agent\n${lines.join("\n")}\n`), "/w/agent.yaml");
}

function complaint(...lines: readonly string[]): string {
  const result = read(...lines);
  if (result.ok) return "none";
  const [first] = result.diagnostics;
  return `${first?.place.line}:${first?.place.column} ${first?.message}`;
}

test("a definition is read with what it leaves out filled in", () => {
  const result = read("debian: { packages: [bash] }", `files: [{ path: /opt/a, from: ./a, sha256: ${SUM} }]`);
  assert.ok(result.ok);
  assert.deepEqual(result.definition, {
    ref: "localhost/agent:latest",
    debian: { packages: ["bash"] },
    npm: [],
    files: [{ path: "/opt/a", from: "./a", sha256: SUM, mode: 0o644 }],
    links: {},
    user: { name: "agent", uid: 1000 },
    env: {},
    command: [],
  });
});

test("each mistake is told with its place", () => {
  assert.match(complaint("debain: {}"), /^3:1 unknown key "debain"\. Did you mean "debian"\?/);
  assert.match(complaint("debian:", "  packages: [Bash]"), /^4:14 debian\.packages\.0 must be a Debian package/);
  assert.match(complaint("npm: [express@^4.0.0]"), /^3:7 npm\.0 must be an npm package with its exact version/);
  assert.match(complaint("npm: [express]"), /exact version/);
  assert.match(complaint("npm: ['express@file:../x']"), /exact version/);
  assert.match(complaint("debian: { packages: ['-oAPT::x=y'] }"), /must be a Debian package/);
  assert.match(complaint(`files: [{ path: /a/../b, from: a, sha256: ${SUM} }]`), /absolute path in the image/);
  assert.match(complaint("files: [{ path: /a, from: a, sha256: abc }]"), /SHA-256/);
  assert.match(complaint("user: { name: root }"), /not root/);
  assert.match(complaint("user: { uid: 0 }"), /from 1 to/);
  assert.match(complaint("debian: { suite: bookworm }"), /stand together/);
});

test("an image's name has a tag, and a port is none", () => {
  assert.equal(tagged("localhost/agent"), "localhost/agent:latest");
  assert.equal(tagged("localhost:5000/agent"), "localhost:5000/agent:latest");
  assert.equal(tagged("localhost/agent:1"), "localhost/agent:1");
});

test("a lock is that of one definition, and only well-formed ones are read", () => {
  const result = read("debian: { packages: [bash] }");
  const other = read("debian: { packages: [dash] }");
  assert.ok(result.ok && other.ok);
  const lock = {
    version: 1,
    definition: definitionDigest(result.definition),
    architecture: "amd64",
    epoch: 0,
    debian: [{ name: "bash", version: "1:5.2-2", architecture: "amd64", sha256: SUM, file: "bash_5.2-2_amd64.deb" }],
    npm: {},
  };
  const known = readLock(JSON.stringify(lock), "a.lock.json");
  assert.equal(isLockOf(known, result.definition, "amd64"), true);
  assert.equal(isLockOf(known, result.definition, "arm64"), false);
  assert.equal(isLockOf(known, other.definition, "amd64"), false);
  const wrong = [
    { ...lock, version: 2 },
    { ...lock, debian: [{ ...lock.debian[0], file: "../../x.deb" }] },
    { ...lock, debian: [{ ...lock.debian[0], name: "-oDir=/" }] },
    { ...lock, debian: [{ ...lock.debian[0], sha256: "x" }] },
  ];
  for (const each of wrong)
    assert.throws(() => readLock(JSON.stringify(each), "a.lock.json"), { code: "image-invalid" });
  assert.throws(() => readLock("{", "a.lock.json"), { code: "image-invalid" });
});
