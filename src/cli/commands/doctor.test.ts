// Unit tests of what `cordon doctor` prints, on made-up reports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backendStates } from "../../host/capabilities.js";
import { capabilities, type HostReport } from "../../host/facts.js";
import { type Answers, ESSENTIAL } from "../../host/probe/answers.js";
import { doctorJson, doctorText } from "./doctor.js";

const ANSWERS: Answers = {
  ...Object.fromEntries(ESSENTIAL.map((name) => [name, "ok"])),
  landlock: "3",
  "nf-tables": "2",
};

function reportOf(changes: Partial<HostReport> = {}): HostReport {
  return {
    facts: {
      kernel: { release: "6.1.0\x1b[31m", architecture: "x64" },
      user: { uid: 1000, gid: 1000, name: "ada", home: "/home/ada" },
      ...capabilities(ANSWERS),
      namespaces: { usable: true, proc: true, time: false },
      cgroup: { layout: "v2", controllers: [], delegated: false },
      lsm: ["landlock"],
      container: undefined,
      tools: { bwrap: { path: "/usr/bin/bwrap", version: "0.8.0" } },
      init: { path: "/x/cordon-init", digest: `sha256:${"0".repeat(64)}` },
    },
    init: {
      kind: "found",
      path: "/x/cordon-init",
      identity: "1:2:3:4:5",
      digest: `sha256:${"0".repeat(64)}`,
      ownerUid: 1000,
    },
    answers: ANSWERS,
    sysctls: {},
    advice: undefined,
    userManager: true,
    ...changes,
  };
}

function lookedOf(changes: Parameters<typeof reportOf>[0] = {}): Parameters<typeof doctorText>[0] {
  const report = reportOf(changes);
  const walls = { bubblewrap: { path: "/usr/bin/bwrap" }, firejail: undefined };
  const choice = { name: "native", reason: "it works here" } as const;
  return { report, choice, backends: backendStates(report, walls) };
}

test("each missing thing says what it costs and how to get it", () => {
  const text = doctorText(lookedOf(), false);
  assert.match(text, /can run commands in a sandbox here/);
  assert.match(
    text,
    /missing {2}Netfilter.*\(nf-tables: ENOENT\)\n +costs: .*\n +to get it: .*\n +sudo modprobe nf_tables/,
  );
  assert.match(text, /Landlock.*version 3.*\n +costs: the second layer covers files only/);
  assert.match(text, /systemd-run --user --scope/);
});

test("what can't work says why and the way to get it", () => {
  const text = doctorText(lookedOf({ advice: { reason: "it is forbidden", fix: ["Do this:", "  sudo this"] } }), false);
  assert.match(
    text,
    /can't make a sandbox here yet\.\nWhy: it is forbidden\nThe way to get it:\n {2}Do this:\n {4}sudo this\n/,
  );
  assert.match(text, / no +native +it is forbidden/);
});

test("nothing from the host reaches the terminal unescaped, and colours come only when asked", () => {
  assert.ok(!doctorText(lookedOf(), false).includes("\x1b"));
  assert.ok(doctorText(lookedOf(), true).includes("\x1b[32m"));
  assert.ok(!doctorText(lookedOf(), true).includes("6.1.0\x1b"));
});

test("JSON holds the verdict, the capabilities, the backends and the facts", () => {
  const data: unknown = JSON.parse(doctorJson(lookedOf()));
  assert.ok(data !== null && typeof data === "object");
  assert.deepEqual(Object.keys(data), [
    "version",
    "native",
    "auto",
    "capabilities",
    "backends",
    "facts",
    "answers",
    "sysctls",
  ]);
  assert.deepEqual(Reflect.get(data, "native"), { works: true });
});

test("the other backends are listed as they were tried, and those that come later", () => {
  const text = doctorText(lookedOf(), false);
  assert.match(text, /ok +bubblewrap +0\.8\.0 made a sandbox on trial/);
  assert.match(text, /no +firejail +isn't installed/);
  assert.match(text, /`auto` is native: it works here/);
  assert.match(text, /later +microvm +qemu-system-x86_64 isn't installed/);
});
