import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DECOYS } from "../plan/resolve/canaries.js";
import type { DecoyName } from "../plan/types.js";
import { DECOY_BYTES, MAKERS, Supply } from "./decoys.js";

const make = (name: DecoyName) => MAKERS[name](new Supply(randomBytes(DECOY_BYTES)));
const NAMES = Object.keys(DECOYS) as DecoyName[];

test("each decoy differs from run to run, and its secrets stand in it and are long enough to be looked for", () => {
  for (const name of NAMES) {
    const { content, secrets } = make(name);
    assert.notEqual(content.toString(), make(name).content.toString());
    assert.ok(secrets.length > 0, name);
    for (const secret of secrets) assert.ok(secret.length >= 24 - 4 && content.includes(secret), `${name}: ${secret}`);
  }
});

test("ssh-keygen reads the key", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-decoy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "key");
  writeFileSync(file, make("ssh-key").content, { mode: 0o600 });
  for (const argv of [
    ["-l", "-f", file],
    ["-y", "-P", "", "-f", file],
  ]) {
    const { stdout, stderr, error } = spawnSync("ssh-keygen", argv, { encoding: "utf8" });
    if (error !== undefined) return t.skip("ssh-keygen isn't here");
    assert.match(stdout, /ED25519|ssh-ed25519/, stderr);
  }
});
