// Unit tests of who the user is.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { accountOf, sudoId, userFacts } from "./user.js";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
broken:x:1000:abc::/home/broken:/bin/sh
relative:x:1000:1000::home/relative:/bin/sh
short:x:1000:1000
ada:x:1000:1001:Ada:/home/ada:/bin/bash
again:x:1000:1000::/home/again:/bin/sh
`;

test("the account is the first good line with that uid", () => {
  assert.deepEqual(accountOf(PASSWD, 1000), { name: "ada", uid: 1000, gid: 1001, home: "/home/ada" });
  assert.equal(accountOf(PASSWD, 1001), undefined);
  assert.equal(accountOf("", 0), undefined);
});

test("sudo's ids must be plain numbers above 0", () => {
  assert.equal(sudoId("1000"), 1000);
  for (const text of ["0", "", "-1", "1e3", " 1000", "4294967295", undefined])
    assert.equal(sudoId(text), undefined, String(text));
});

test("the home comes from the account, whatever $HOME and $USER say", () => {
  const { home, name } = userFacts({ uid: 0, gid: 0, env: { HOME: "/tmp", USER: "mallory", LOGNAME: "mallory" } });
  assert.equal(name, "root");
  assert.notEqual(home, "/tmp");
});

test("SUDO_UID is believed of root only", () => {
  assert.equal(userFacts({ uid: 0, gid: 0, env: { SUDO_UID: "1000", SUDO_GID: "1001" } }).sudoUid, 1000);
  assert.equal(userFacts({ uid: 54321, gid: 54321, env: { SUDO_UID: "1000" } }).sudoUid, undefined);
});

test("an id without an account gets $HOME only when it owns that folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-user-"));
  try {
    const stranger = userFacts({ uid: 54321, gid: 54321, env: { HOME: folder } });
    assert.equal(stranger.home, "/nonexistent");
    assert.equal(stranger.name, "user54321");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
