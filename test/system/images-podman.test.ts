// Podman itself judges the signed copy: by the policy.json that comes with it, it takes the genuine one and nothing else; and what it has then is
// the very digest, runs, and shows the image's files.

import assert from "node:assert/strict";
import { appendFileSync, cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { describeResult, exec, type Result } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { builtDigest, imageEnv, sha256, writeDefinition } from "../support/image.js";
import { CORDON } from "../support/repository.js";
import { makeStage } from "../support/stage.js";

const NAME = "images@cordon.test";

describe("an image signed with GPG, and podman", () => {
  const undo: (() => void | Promise<void>)[] = [];
  const stage = makeStage({ after: (one) => undo.push(one) }, ordinary);
  after(async () => {
    // The files of other ids in podman's storage are its own to remove.
    await podman("unshare", "rm", "-rf", stage.path("podman"));
    for (const one of undo.toReversed()) await one();
  });
  const signed = stage.path("image/signed");
  let digest = "";

  const podman = (...words: readonly string[]): Promise<Result> => {
    const folder = stage.makeDirectory("podman");
    const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
    return exec(["podman", ...own, "--cgroup-manager", "cgroupfs", "--events-backend", "none", ...words], {
      identity: ordinary,
      cwd: stage.root,
      env: { XDG_RUNTIME_DIR: stage.makeDirectory("podman/runtime"), ...imageEnv(stage) },
      timeoutMs: 120_000,
    });
  };
  const pull = (folder: string) =>
    podman("pull", "-q", "--signature-policy", join(signed, "policy.json"), `dir:${folder}`);

  before(async () => {
    writeDefinition(stage);
    digest = await builtDigest(stage);
    stage.makeDirectory("gpg");
    const env = { GNUPGHOME: stage.path("gpg") };
    const key = [
      "gpg",
      "--batch",
      "--pinentry-mode",
      "loopback",
      "--passphrase",
      "",
      "--quick-gen-key",
      NAME,
      "ed25519",
      "sign",
    ];
    const words = `chmod 700 "$GNUPGHOME" && ${key.map((word) => `'${word}'`).join(" ")}`;
    const made = await stage.outside(["sh", "-c", words], { env });
    assert.equal(made.code, 0, describeResult(made));
    const script = 'exec "$0" image sign localhost/tiny --gpg images@cordon.test --output signed';
    const result = await stage.outside(["sh", "-c", script, CORDON], {
      cwd: stage.path("image"),
      env: { ...env, ...imageEnv(stage) },
    });
    await stage.outside(["gpgconf", "--kill", "gpg-agent"], { env });
    assert.equal(result.code, 0, describeResult(result));
  });

  test("the genuine copy is taken, has the digest that was built, and holds the image's files", async () => {
    const pulled = await pull(join(signed, "image"));
    assert.equal(pulled.code, 0, describeResult(pulled));
    const id = pulled.stdout.trim();
    const inspected = await podman("image", "inspect", "--format", "{{.Digest}} {{.User}} {{.Config.Env}}", id);
    assert.match(inspected.stdout, new RegExp(`^${digest} 1234:1234 .*FROM_IMAGE=yes-it-is`));
    const mounted = await podman(
      "unshare",
      "sh",
      "-c",
      `cat "$(podman ${mountWords(stage.path("podman"))} ${id})/usr/local/bin/hello"`,
    );
    assert.match(mounted.stdout, /hello from the image/, describeResult(mounted));
  });

  test("a copy without a signature, with another's, or with other content is refused", async () => {
    const harms: Readonly<Record<string, (folder: string) => void>> = {
      unsigned: (folder) => rmSync(join(folder, "signature-1")),
      damaged: (folder) => appendFileSync(join(folder, "manifest.json"), " "),
      "another name": (folder) => {
        const bytes = readFileSync(join(folder, "signature-1"));
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        rmSync(join(folder, "signature-1"));
        appendFileSync(join(folder, "signature-1"), bytes);
      },
    };
    for (const [name, harm] of Object.entries(harms)) {
      const folder = stage.path("image", sha256(name).slice(0, 8));
      cpSync(join(signed, "image"), folder, { recursive: true });
      harm(folder);
      stage.own(folder);
      const pulled = await pull(folder);
      assert.notEqual(pulled.code, 0, name);
      // What gpg says of a damaged one depends on where the damage is.
      assert.match(pulled.stderr, /[Ss]ignature|Source image rejected/, name);
    }
  });

  test("under a name of podman's, the pinned digest names exactly it", async () => {
    const pulled = await pull(join(signed, "image"));
    const tagged = await podman("tag", pulled.stdout.trim(), "localhost/tiny:latest");
    assert.equal(tagged.code, 0, describeResult(tagged));
    assert.equal((await podman("image", "exists", `localhost/tiny@${digest}`)).code, 0);
    assert.equal((await podman("image", "exists", `localhost/tiny@sha256:${"0".repeat(64)}`)).code, 1);
  });
});

function mountWords(folder: string): string {
  return `--root ${folder}/root --runroot ${folder}/run --storage-driver vfs image mount`;
}
