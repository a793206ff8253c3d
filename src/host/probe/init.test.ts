// Unit tests of which cordon-init is accepted.
import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../core/digest.js";
import type { HostFacts } from "../types.js";
import { checkInit, locateInit, ownershipProblem, parseDigests } from "./init.js";

const USER: HostFacts["user"] = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, name: "u", home: "/" };

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-init-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function program(folder: string, name = "cordon-init", content = "#!/bin/false\n"): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

test("a regular file of ours that nobody else can write is found with its digest", (context) => {
  const path = program(folderFor(context));
  const found = checkInit(path, { user: USER });
  assert.ok(found.kind === "found");
  assert.deepEqual([found.path, found.digest, found.ownerUid], [path, sha256("#!/bin/false\n"), USER.uid]);
});

test("a changed file is refused", (context) => {
  const path = program(folderFor(context));
  assert.equal(checkInit(path, { user: USER, expected: sha256("something else") }).kind, "refused");
});

test("a digest that was computed before is believed as long as the file is the same", (context) => {
  const path = program(folderFor(context));
  const first = checkInit(path, { user: USER });
  assert.ok(first.kind === "found");
  const known = (identity: string) => (identity === first.identity ? "sha256:remembered" : undefined);
  const again = checkInit(path, { user: USER, known });
  assert.equal(again.kind === "found" ? again.digest : "", "sha256:remembered");
  writeFileSync(path, "#!/bin/evil!\n");
  const changed = checkInit(path, { user: USER, known });
  assert.equal(changed.kind === "found" ? changed.digest : "", sha256("#!/bin/evil!\n"));
});

test("a link, a folder, a writable file and a file that can't be executed are refused", (context) => {
  const folder = folderFor(context);
  const path = program(folder);
  symlinkSync(path, join(folder, "link"));
  mkdirSync(join(folder, "folder"));
  for (const name of ["link", "folder"])
    assert.equal(checkInit(join(folder, name), { user: USER }).kind, "refused", name);
  for (const mode of [0o757, 0o644]) {
    chmodSync(path, mode);
    assert.equal(checkInit(path, { user: USER }).kind, "refused", mode.toString(8));
  }
});

test("a file in a folder that everybody can write is refused, unless the folder is sticky", (context) => {
  const folder = folderFor(context);
  const path = program(folder);
  chmodSync(folder, 0o777);
  assert.equal(checkInit(path, { user: USER }).kind, "refused");
  chmodSync(folder, 0o1777);
  assert.equal(checkInit(path, { user: USER }).kind, "found");
});

test("files of other users and of shared groups are refused, those of root and a private group are not", () => {
  const file = (uid: number, gid: number, mode: number) => ({ isFile: () => true, uid, gid, mode });
  const user = { uid: 1000, gid: 1000, name: "u", home: "/" };
  assert.equal(ownershipProblem(file(0, 0, 0o755), user), undefined);
  assert.equal(ownershipProblem(file(1000, 1000, 0o775), user), undefined);
  assert.match(ownershipProblem(file(1000, 100, 0o775), user) ?? "", /group/);
  assert.match(ownershipProblem(file(1001, 1000, 0o755), user) ?? "", /another user/);
  assert.match(ownershipProblem(file(1000, 1000, 0o757), user) ?? "", /everybody/);
  assert.equal(ownershipProblem(file(1000, 1000, 0o755), { ...user, uid: 0, sudoUid: 1000 }), undefined);
});

test("an installed Cordon takes only the file whose digest came with it, and no environment variable turns it", (context) => {
  const folder = folderFor(context);
  const evil = program(folder, "evil", "evil");
  const question = { user: USER, architecture: "x64" as const, env: { CORDON_INIT: evil }, codeFolder: folder };
  assert.equal(locateInit(question).kind, "missing");
  mkdirSync(join(folder, "init/x64"), { recursive: true });
  const path = program(join(folder, "init/x64"));
  assert.equal(locateInit(question).kind, "refused");
  writeFileSync(join(folder, "init/digests.json"), JSON.stringify({ x64: sha256("#!/bin/false\n").slice(7) }));
  const found = locateInit(question);
  assert.equal(found.kind, "found");
  assert.equal(found.kind === "found" ? found.path : "", path);
  assert.equal(locateInit({ ...question, architecture: "arm64" }).kind, "missing");
});

test("a checkout uses its own build, or the one that CORDON_INIT names", (context) => {
  const folder = folderFor(context);
  mkdirSync(join(folder, "native/out/x64"), { recursive: true });
  mkdirSync(join(folder, "build/src"), { recursive: true });
  writeFileSync(join(folder, "native/PROTOCOL.md"), "");
  writeFileSync(join(folder, "package.json"), "{}");
  const built = program(join(folder, "native/out/x64"));
  linkSync(built, join(folder, "other"));
  const question = { user: USER, architecture: "x64" as const, codeFolder: join(folder, "build/src") };
  const pathOf = (env: Record<string, string>) => {
    const found = locateInit({ ...question, env });
    return found.kind === "found" ? found.path : found.reason;
  };
  assert.equal(pathOf({}), built);
  assert.equal(pathOf({ CORDON_INIT: join(folder, "other") }), join(folder, "other"));
  assert.match(pathOf({ CORDON_INIT: "native/out/x64/cordon-init" }), /absolute/);
});

test("a digest list with anything but digests in it gives no digests", () => {
  assert.deepEqual(parseDigests('{"x64":"00","arm64":1}'), {});
  assert.deepEqual(parseDigests("null"), {});
  assert.deepEqual(parseDigests("{"), {});
  assert.deepEqual(parseDigests(undefined), {});
});
