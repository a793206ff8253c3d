// A tiny image for tests: a shell and what it needs, built in seconds by the ordinary user. The fetched packages are kept for all tests of
// one run of the suite.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cordonArgv, describeResult, exec, type Result } from "./exec.js";
import type { Stage } from "./stage.js";

const HELLO = '#!/bin/bash\necho "hello from the image"\n';

export const TINY = [
  "version: 1",
  "name: localhost/tiny",
  "debian: { packages: [bash, coreutils] }",
  "files:",
  `  - { path: /usr/local/bin/hello, from: ./hello, sha256: ${sha256(HELLO)}, mode: "0755" }`,
  "links: { /usr/local/bin/greet: hello }",
  "user: { name: agent, uid: 1234 }",
  "env: { FROM_IMAGE: yes-it-is }",
  "command: [bash]",
].join("\n");

/** Cordon's folders below the stage, so that no test meets another's images. */
export function imageEnv(stage: Stage): Readonly<Record<string, string>> {
  return { XDG_STATE_HOME: stage.path("state"), XDG_CACHE_HOME: stage.path("cache") };
}

/** Writes the definition and what it names; gives its path. */
export function writeDefinition(stage: Stage, text = TINY): string {
  stage.write("image/hello", HELLO, 0o755);
  return stage.write("image/agent.yaml", text);
}

export function image(stage: Stage, ...words: readonly string[]): Promise<Result> {
  return exec(cordonArgv("image", ...words), {
    identity: stage.identity,
    cwd: stage.makeDirectory("image"),
    env: imageEnv(stage),
    timeoutMs: 180_000,
  });
}

/** Builds; gives the digest. */
export async function builtDigest(stage: Stage, ...words: readonly string[]): Promise<string> {
  const result = await image(stage, "build", "agent.yaml", ...words);
  assert.equal(result.code, 0, describeResult(result));
  const [, digest = ""] = result.stdout.split("\n");
  assert.match(digest, /^sha256:[0-9a-f]{64}$/);
  return digest;
}

export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
