// Unit tests of containers, security modules, settings, kernels and tools.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { containerOf } from "./container.js";
import { architectureOf, isWsl } from "./kernel.js";
import { lsmNames } from "./lsm.js";
import { readNumber, readText } from "./read.js";
import { readSysctls } from "./sysctls.js";
import { findProgram, probeTools, versionIn } from "./tools.js";

const PLAIN = {
  dockerenv: false,
  containerenv: false,
  systemdContainer: undefined,
  firstProcessCgroup: "0::/init.scope\n",
  kubernetes: false,
  firstNamespaces: false,
};

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-probe-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("containers are known by their signs", () => {
  assert.equal(containerOf(PLAIN), undefined);
  assert.equal(containerOf({ ...PLAIN, dockerenv: true }), "docker");
  assert.equal(containerOf({ ...PLAIN, containerenv: true }), "podman");
  assert.equal(containerOf({ ...PLAIN, firstProcessCgroup: "0::/system.slice/docker-0123.scope\n" }), "docker");
  assert.equal(
    containerOf({ ...PLAIN, firstProcessCgroup: "1:cpu:/kubepods/burstable/x\n", dockerenv: true }),
    "kubernetes",
  );
  assert.equal(containerOf({ ...PLAIN, systemdContainer: "systemd-nspawn\n" }), "systemd-nspawn");
  assert.equal(containerOf({ ...PLAIN, systemdContainer: "\x1b[2J" }), undefined);
});

test("a virtual machine made from a container image is no container", () => {
  assert.equal(containerOf({ ...PLAIN, dockerenv: true, firstNamespaces: true }), undefined);
});

test("security modules come from securityfs, else from the kernel's numbers", () => {
  assert.deepEqual(lsmNames("lockdown,capability,apparmor\n", { lsm: "110" }), ["lockdown", "capability", "apparmor"]);
  assert.deepEqual(lsmNames(undefined, { lsm: "100,104,999" }), ["capability", "apparmor", "lsm999"]);
  assert.deepEqual(lsmNames(undefined, {}), []);
});

test("settings that this kernel doesn't have are left out", (context) => {
  const root = folderFor(context);
  mkdirSync(join(root, "kernel"));
  writeFileSync(join(root, "kernel/apparmor_restrict_unprivileged_userns"), "1\n");
  writeFileSync(join(root, "kernel/unprivileged_userns_clone"), "what\n");
  assert.deepEqual(readSysctls(root), { apparmorRestriction: 1 });
});

test("other architectures are refused, and WSL is known by its kernel", () => {
  assert.equal(architectureOf("arm64"), "arm64");
  assert.throws(() => architectureOf("riscv64"), /riscv64/);
  assert.equal(isWsl("5.15.153.1-microsoft-standard-WSL2"), true);
  assert.equal(isWsl("6.1.0-13-amd64"), false);
});

test("a read is bounded, and a folder or a missing file is nothing", (context) => {
  const root = folderFor(context);
  const path = join(root, "file");
  writeFileSync(path, "x".repeat(300_000));
  assert.equal(readText(path)?.length, 300_000);
  assert.equal(readText(path, 299_999), undefined);
  assert.equal(readText(path, 300_000)?.length, 300_000);
  assert.equal(readText(root), undefined);
  assert.equal(readNumber(join(root, "missing")), undefined);
});

test("programs are looked up in absolute folders of PATH only", (context) => {
  const root = folderFor(context);
  const program = join(root, "tool");
  writeFileSync(program, "#!/bin/sh\necho tool 1.2.3\n");
  assert.equal(findProgram("tool", root), undefined, "not executable");
  chmodSync(program, 0o755);
  assert.equal(findProgram("tool", `.::relative:/nonexistent:${root}`), program);
  assert.equal(findProgram("tool", "."), undefined);
  assert.equal(findProgram("./tool", root), undefined);
  assert.equal(findProgram("", root), undefined);
  mkdirSync(join(root, "folder"));
  assert.equal(findProgram("folder", root), undefined);
});

test("versions are found in what programs print", () => {
  for (const [text, version] of [
    ["bubblewrap 0.8.0\n", "0.8.0"],
    ["firejail version 0.9.72\n\nCompile time", "0.9.72"],
    ["podman version 4.3.1", "4.3.1"],
    ["systemd 252 (252.39-1~deb12u1)\n+PAM", "252"],
    ["QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", "7.2.22"],
    ["git version 2.39.5", "2.39.5"],
    ["runsc version release-20221122.0\nspec: 1.0.2", "20221122.0"],
    ["crun version 1.8.1\ncommit: f8a", "1.8.1"],
    ["runc version 1.1.5+ds1\n", "1.1.5+ds1"],
  ] as const) {
    assert.equal(versionIn(text), version, text);
  }
  assert.equal(versionIn("no number"), undefined);
});

test("a tool that hangs or fails is still a tool, without a version", { timeout: 20_000 }, async (context) => {
  const root = folderFor(context);
  for (const [name, script] of [
    ["bwrap", "exec sleep 60"],
    ["podman", "exit 3"],
    ["git", "echo git version 9.8.7"],
  ] as const) {
    writeFileSync(join(root, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, name), 0o755);
  }
  const tools = await probeTools(root);
  assert.deepEqual(tools, {
    bwrap: { path: join(root, "bwrap") },
    podman: { path: join(root, "podman") },
    git: { path: join(root, "git"), version: "9.8.7" },
  });
});
