import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { effort } from "../../test/support/effort.js";
import { formatDiagnostic } from "./diagnostics.js";
import { type LoadRequest, loadPolicy } from "./load.js";
import { type Policy, placeOf } from "./types.js";

type Texts = Readonly<Record<string, string>>;

function request(texts: Texts, more: Partial<LoadRequest> = {}): LoadRequest {
  const bytes = new Map(Object.entries(texts).map(([file, text]) => [file, new TextEncoder().encode(text)]));
  const [file] = bytes.keys();
  return {
    ...(file === undefined ? {} : { file }),
    texts: bytes,
    profiles: [],
    overrides: [],
    home: "/home/sam",
    cwd: "/work",
    ...more,
  };
}

async function load(texts: Texts, more: Partial<LoadRequest> = {}): Promise<Policy> {
  const result = await loadPolicy(request(texts, more));
  assert.ok(result.ok, result.ok ? "" : result.diagnostics.map((one) => formatDiagnostic(one)).join("\n"));
  return result.policy;
}

async function problems(texts: Texts, more: Partial<LoadRequest> = {}): Promise<readonly string[]> {
  const result = await loadPolicy(request(texts, more));
  assert.ok(!result.ok, "it was accepted");
  return result.diagnostics.map((one) => formatDiagnostic(one));
}

const where = (policy: Policy, path: string) => {
  const place = placeOf(policy, path);
  return place === undefined ? undefined : `${place.file}:${place.line}:${place.column}`;
};

test("without anything, the defaults hold: no network, a private home, the current folder", async () => {
  const { settings } = await load({});
  assert.equal(settings.network.mode, "none");
  assert.equal(settings.filesystem.home, "private");
  assert.equal(settings.workspace.path, "/work");
  assert.equal(settings.name, "default");
  assert.ok(settings.workspace.protect.includes(".git/hooks"));
});

test("lists come together without repeating, scalars of the later file win, and each value knows its line", async () => {
  const policy = await load({
    "/p/cordon.yaml":
      "version: 1\nextends: [./base.yaml]\nnetwork:\n  allow:\n    - b.example\n    - c.example\nlimits: { memory: 2G }\n",
    "/p/base.yaml": "version: 1\nnetwork:\n  allow: [a.example, b.example]\nlimits:\n  memory: 1G\n  pids: 7\n",
  });
  assert.deepEqual(
    policy.settings.network.allow.map((rule) => rule.host),
    ["a.example", "b.example", "c.example"],
  );
  assert.equal(policy.settings.limits.memoryBytes, 2 * 1024 ** 3);
  assert.equal(policy.settings.limits.pids, 7);
  assert.equal(where(policy, "network.allow.1"), "/p/base.yaml:3:22");
  assert.equal(where(policy, "network.allow.2.host"), "/p/cordon.yaml:6:7");
  assert.equal(where(policy, "limits.memoryBytes"), "/p/cordon.yaml:7:19");
  assert.equal(where(policy, "limits.pids"), "/p/base.yaml:6:9");
  assert.deepEqual(
    policy.sources.map((source) => source.file),
    ["built-in:default", "/p/base.yaml", "/p/cordon.yaml"],
  );
});

test("the built-in default is under everything and is never applied a second time over a profile", async () => {
  const { settings } = await load({ "/p/c.yaml": "version: 1\nextends: [claude-code, default]\n" });
  assert.equal(settings.filesystem.home, "persistent");
  assert.equal(settings.name, "claude-code");
});

test("a base that two files extend is applied once", async () => {
  const policy = await load({
    "/p/a.yaml": "version: 1\nextends: [./b.yaml, ./c.yaml]\n",
    "/p/b.yaml": "version: 1\nextends: [./d.yaml]\nname: b\n",
    "/p/c.yaml": "version: 1\nextends: [./d.yaml]\n",
    "/p/d.yaml": "version: 1\nname: d\n",
  });
  assert.equal(policy.settings.name, "b");
});

test("a circle of extends is refused with the way round", async () => {
  const found = await problems({
    "/p/a.yaml": "version: 1\nextends: [./b.yaml]\n",
    "/p/b.yaml": "version: 1\nextends:\n  - ../p/a.yaml\n",
  });
  assert.deepEqual(found, ["/p/b.yaml:3:5: error: extends goes round in a circle: /p/a.yaml → /p/b.yaml → /p/a.yaml"]);
});

test("more than 16 files deep is refused", async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`/p/${index}.yaml`, `version: 1\nextends: [./${index + 1}.yaml]\n`]),
  );
  assert.match((await problems(texts)).join(), /16\.yaml:2:11: error: extends is more than 16 files deep/);
});

test("an unknown profile is named with a suggestion, at its place", async () => {
  assert.match(
    (await problems({ "/p/a.yaml": "version: 1\nextends: [claude-cod]\n" })).join(),
    /a\.yaml:2:11: .*"claude-cod"\. Did you mean "claude-code"\?/,
  );
  assert.match(
    (await problems({}, { profiles: ["nope"] })).join(),
    /^--profile: error: there is no built-in profile "nope"/,
  );
});

test("a missing extended file is told at the line that names it", async () => {
  assert.match(
    (await problems({ "/p/a.yaml": "version: 1\nextends:\n  - ./gone-xyz.yaml\n" })).join(),
    /a\.yaml:3:5: error: \/p\/gone-xyz\.yaml doesn't exist/,
  );
});

test("paths are relative to the file that they are written in, those of options to the current folder", async () => {
  const policy = await load(
    {
      "/p/cordon.yaml":
        "version: 1\nextends: [./sub/base.yaml]\nfilesystem: { read: [x], deny: ['**/.env', '*.pem'] }\nworkspace: { path: . }\n",
      "/p/sub/base.yaml":
        "version: 1\nfilesystem: { read: [x, ~/y] }\nnetwork: { sockets: [s.sock], allow: [{ host: m.internal, connect: 'unix:run/l.sock' }] }\n",
    },
    { overrides: [{ option: "--read", path: ["filesystem", "read"], value: "z", append: true }] },
  );
  assert.deepEqual(policy.settings.filesystem.read, ["/p/sub/x", "/home/sam/y", "/p/x", "/work/z"]);
  assert.deepEqual(policy.settings.filesystem.deny, ["**/.env", "/p/*.pem"]);
  assert.deepEqual(policy.settings.network.sockets, ["/p/sub/s.sock"]);
  assert.deepEqual(policy.settings.network.allow[0]?.connect, { unix: "/p/sub/run/l.sock" });
  assert.equal(policy.settings.workspace.path, "/p");
  assert.equal(where(policy, "filesystem.read.3"), "--read:1:1");
});

test("options are one more layer: they are checked with the same words and win", async () => {
  const overrides = [
    { option: "--mode", path: ["workspace", "mode"], value: "read" },
    { option: "--allow", path: ["network", "allow"], value: "a.example:8443", append: true },
    { option: "--env", path: ["process", "env", "set", "CI"], value: "1" },
    { option: "--set", path: ["limits", "memory"], value: "512M" },
  ];
  const policy = await load({ "/p/c.yaml": "version: 1\nworkspace: { mode: write }\n" }, { overrides });
  assert.equal(policy.settings.workspace.mode, "read");
  assert.deepEqual(policy.settings.network, {
    ...policy.settings.network,
    mode: "allowlist",
    allow: [{ host: "a.example", ports: [8443], inspect: false }],
  });
  assert.equal(policy.settings.process.env.set["CI"], "1");
  assert.equal(policy.settings.limits.memoryBytes, 512 * 1024 ** 2);
  assert.equal(policy.sources.at(-1)?.file, "command line");
});

for (const [option, path, value, expected] of [
  ["--allow", ["network", "allow"], "exa mple", /^--allow: error: network\.allow must be a host such as/],
  [
    "--mode",
    ["workspace", "mode"],
    "readonly",
    /^--mode: error: workspace\.mode must be read, write or overlay, not "readonly"/,
  ],
  [
    "--read",
    ["filesystem", "read"],
    "~root",
    /^--read: error: filesystem\.read\.0 must be a path without another user's home/,
  ],
  ["--set", ["limits", "memry"], "1G", /^--set: error: unknown key "memry" in limits\. Did you mean "memory"\?/],
  ["--set", ["limits", "memory"], "lots", /^--set: error: limits\.memory must be a size such as 512M, not "lots"/],
] as const) {
  test(`${option} ${value} is refused with the option as its place`, async () => {
    const append = path[0] !== "limits" && path[1] !== "mode";
    assert.match((await problems({}, { overrides: [{ option, path, value, append }] })).join("\n"), expected);
  });
}

test("an empty allow list allows nothing, and one without a mode is an allowlist", async () => {
  const empty = await load({ "/p/c.yaml": "version: 1\nnetwork: { mode: allowlist, allow: [] }\n" });
  assert.deepEqual([empty.settings.network.mode, empty.settings.network.allow], ["allowlist", []]);
  const bare = await load({ "/p/c.yaml": "version: 1\nnetwork: { allow: [] }\n" });
  assert.equal(bare.settings.network.mode, "none");
});

test("protect adds to the default names, takes off with !, and keeps the places of what was written", async () => {
  const policy = await load({
    "/p/c.yaml": 'version: 1\nworkspace:\n  protect:\n    - "!.vscode"\n    - deploy/keys\n',
  });
  const { protect } = policy.settings.workspace;
  assert.ok(protect.includes(".git/hooks") && protect.includes("deploy/keys") && !protect.includes(".vscode"));
  assert.equal(where(policy, `workspace.protect.${protect.indexOf("deploy/keys")}`), "/p/c.yaml:5:7");
});

test("the digest changes with a setting and with a source, and with nothing else", async () => {
  const one = await load({ "/p/c.yaml": "version: 1\n" });
  assert.equal((await load({ "/p/c.yaml": "version: 1\n" })).digest, one.digest);
  assert.notEqual((await load({ "/p/c.yaml": "version: 1\n# x\n" })).digest, one.digest);
  assert.notEqual((await load({ "/p/c.yaml": "version: 1\n" }, { cwd: "/other" })).digest, one.digest);
});

test("a sealed folder's files count only when their bytes were handed in", async () => {
  const texts = { "/p/c.yaml": "version: 1\nextends: [./evil.yaml]\n" };
  assert.match((await problems(texts, { sealed: "/p" })).join(), /c\.yaml:2:11: error: \/p\/evil\.yaml isn't trusted/);
});

test("a policy file that is a FIFO, a folder or missing is a problem at once, a link to a file is not", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-load-"));
  context.after(() => rm(folder, { recursive: true }));
  execFileSync("mkfifo", [join(folder, "fifo.yaml")]);
  await writeFile(join(folder, "real.yaml"), "version: 1\n");
  await symlink("real.yaml", join(folder, "link.yaml"));
  const took = effort();
  assert.match((await problems({}, { file: join(folder, "fifo.yaml") })).join(), /fifo\.yaml isn't a regular file/);
  assert.match((await problems({}, { file: folder })).join(), /isn't a regular file|is a folder/);
  assert.match((await problems({}, { file: join(folder, "gone.yaml") })).join(), /gone\.yaml doesn't exist/);
  assert.ok(took() < 1000);
  await load({}, { file: join(folder, "link.yaml") });
});

test("a file larger than a megabyte is refused unread", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-load-"));
  context.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "big.yaml"), Buffer.alloc(10_000_000, "x"));
  assert.match((await problems({}, { file: join(folder, "big.yaml") })).join(), /is larger than 1024 KiB/);
});

test("a run without a file loads neither the YAML parser nor the schema", () => {
  const hook =
    "export async function resolve(name, context, next) { if (/^(?:zod|yaml)/.test(name)) throw new Error(name); return next(name, context); }";
  const script = `
    const { register } = await import("node:module");
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
    const { loadPolicy } = await import(${JSON.stringify(new URL("./load.js", import.meta.url).href)});
    const overrides = [{ option: "--allow", path: ["network", "allow"], value: "a.example", append: true }];
    const request = { profiles: ["claude-code"], overrides, home: "/home/sam", cwd: "/work" };
    const plain = await loadPolicy(request);
    const file = await loadPolicy({ ...request, file: "/p/c.yaml", texts: new Map([["/p/c.yaml", new Uint8Array()]]) }).catch((error) => error.message);
    console.log(JSON.stringify([plain.ok, file]));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.deepEqual(JSON.parse(printed), [true, "yaml"]);
});
