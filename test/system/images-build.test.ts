// Images are built by the ordinary user, twice to the same digest, and say what is in them; judged by tar and sha256sum, not by Cordon.

import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { describeResult } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { builtDigest, image, TINY, writeDefinition } from "../support/image.js";
import { CORDON } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

function layer(stage: Stage, digest: string): string {
  const blob = (name: string) => stage.path("state/cordon/images/blobs", name.replace(":", "/"));
  const manifest = JSON.parse(readFileSync(blob(digest), "utf8"));
  return blob(manifest.layers[0].digest);
}

describe("cordon image build", () => {
  const undo: (() => void | Promise<void>)[] = [];
  const stage = makeStage({ after: (one) => undo.push(one) }, ordinary);
  after(async () => {
    for (const one of undo) await one();
  });
  let digest = "";
  before(async () => {
    writeDefinition(stage);
    digest = await builtDigest(stage);
  });

  test("two builds give one digest, also from nothing but the lock file, in another time zone, umask and folder", async () => {
    const lock = readFileSync(stage.path("image/agent.lock.json"), "utf8");
    const sbom = readFileSync(stage.path("image/agent.spdx.json"), "utf8");
    assert.equal(await builtDigest(stage, "--locked"), digest);

    rmSync(stage.path("other"), { force: true, recursive: true });
    const script =
      'umask 077; export TZ=Asia/Tokyo LANG=C SOURCE_DATE_EPOCH=1700000000; exec "$0" image build agent.yaml --locked';
    const again = await stage.outside(["sh", "-c", script, CORDON], {
      cwd: stage.path("image"),
      env: { XDG_STATE_HOME: stage.path("other/state"), XDG_CACHE_HOME: stage.path("cache") },
    });
    assert.equal(again.code, 0, describeResult(again));
    assert.equal(again.stdout.split("\n")[1], digest);
    assert.equal(readFileSync(stage.path("image/agent.lock.json"), "utf8"), lock);
    assert.equal(readFileSync(stage.path("image/agent.spdx.json"), "utf8"), sbom);
    assert.equal(JSON.parse(lock).image.digest, digest);
  });

  test("the layer is an ordinary tar: root's, of one time, nothing set-user-ID, no caches, no documentation", async () => {
    const listed = await stage.outside(["tar", "--utc", "--numeric-owner", "-tvf", layer(stage, digest)]);
    assert.equal(listed.code, 0, describeResult(listed));
    const lines = listed.stdout.trim().split("\n");
    assert.ok(lines.length > 200);
    for (const line of lines) {
      assert.match(line, /^[-dl][rwxt-]{9} (?:0\/0|1234\/1234) +\d+ 1980-01-01 00:00 /, line);
      assert.equal(/ 1234\/1234 /.test(line), / home\/agent\/$/.test(line), line);
    }
    assert.match(listed.stdout, / usr\/local\/bin\/greet -> hello$/m);
    assert.match(listed.stdout, / bin -> usr\/bin$/m);
    assert.doesNotMatch(listed.stdout, / (?:usr\/share\/man\/|var\/cache\/|var\/log\/|etc\/machine-id)/);
    const blob = await stage.outside(["sha256sum", layer(stage, digest)]);
    assert.ok(blob.stdout.startsWith(layer(stage, digest).split("/").at(-1) ?? "?"));
  });

  test("the bill of materials names what the lock file locks, and dpkg's list is there for scanners", async () => {
    const sbom = JSON.parse(readFileSync(stage.path("image/agent.spdx.json"), "utf8"));
    const lock = JSON.parse(readFileSync(stage.path("image/agent.lock.json"), "utf8"));
    const names: readonly string[] = sbom.packages.map((one: { readonly name: string }) => one.name);
    for (const one of [...lock.debian.map((each: { readonly name: string }) => each.name), "/usr/local/bin/hello"])
      assert.ok(names.includes(one), one);
    assert.ok(names.includes("libc6"));
    const status = await stage.outside(["tar", "-xOf", layer(stage, digest), "var/lib/dpkg/status"]);
    assert.match(status.stdout, /^Package: libc6\nStatus: install ok installed\n/m);
    const list = await image(stage, "ls");
    assert.match(list.stdout, new RegExp(`^localhost/tiny:latest +${digest} `, "m"));
  });

  test("what isn't what the definition says is refused, and nothing is left over", async () => {
    writeFileSync(stage.path("image/hello"), "#!/bin/sh\necho evil\n");
    const changed = await image(stage, "build", "agent.yaml");
    assert.equal(changed.code, 125);
    assert.match(changed.stderr, /isn't what the definition says: its SHA-256 is [0-9a-f]{64}/);

    writeDefinition(stage, TINY.replace("coreutils", "no-such-package-anywhere"));
    const unknown = await image(stage, "build", "agent.yaml");
    assert.equal(unknown.code, 125);
    assert.match(unknown.stderr, /apt-get failed: E: Unable to locate package no-such-package-anywhere/);

    writeDefinition(stage, TINY.replace("[bash,", "[bash, dash,"));
    const unlocked = await image(stage, "build", "agent.yaml", "--locked");
    assert.equal(unlocked.code, 125);
    assert.match(unlocked.stderr, /there is no lock file for this definition as it stands now/);

    writeDefinition(stage, TINY.replace("links:", "linkss:"));
    const misspelt = await image(stage, "build", "agent.yaml");
    assert.equal(misspelt.code, 125);
    assert.match(misspelt.stderr, /agent\.yaml:6:1: unknown key "linkss"\. Did you mean "links"\?/);

    const left = await stage.outside(["find", stage.path("state/cordon/images"), "-maxdepth", "1"]);
    assert.doesNotMatch(left.stdout, /build-/);
    assert.match((await image(stage, "ls")).stdout, new RegExp(digest));
  });
});
