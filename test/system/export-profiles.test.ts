// Exports that other programs read: each is given to its own reader, with what a policy may hold that is hard to write.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { compileSeccomp } from "../../src/confinement/seccomp/compile.js";
import { parseOciSeccomp } from "../../src/confinement/seccomp/parse.js";
import { answerHttp, collect } from "../support/egress/lane.js";
import { describeResult, exec, start } from "../support/exec.js";
import { exportFiles, fileOf, POLICY } from "../support/export.js";
import { ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

const lacks = (path: string) => (existsSync(path) ? false : `${path} isn't there`);

/** A name that is a pattern, a variable or an end of something in most syntaxes. */
const ODD = "it's {a,b} [x] @{HOME} $5 100%? (#)";

function withRepository(stage: Stage): void {
  stage.write("workspace/.git/HEAD", "ref: refs/heads/main\n");
  for (const name of ["objects", "refs", "hooks"]) stage.makeDirectory(`workspace/.git/${name}`);
  stage.write("workspace/.env", "x");
}

test("the AppArmor profile is one that its parser takes, with names of every kind", {
  skip: lacks("/usr/sbin/apparmor_parser"),
}, async (t) => {
  const stage = makeStage(t, ordinary);
  withRepository(stage);
  const flags = ["--read", stage.makeDirectory(`more/${ODD}`), "--deny", "**/*.k?y"];
  const file = fileOf(await exportFiles(stage, "apparmor", { policy: POLICY, flags }));
  const parsed = await exec(["/usr/sbin/apparmor_parser", "--skip-kernel-load", "--skip-cache", "--preprocess", file]);
  assert.equal(parsed.code, 0, describeResult(parsed));
  const compiled = await exec(["/usr/sbin/apparmor_parser", "--skip-kernel-load", "--skip-cache", "--stdout", file]);
  assert.equal(compiled.code, 0, describeResult(compiled));
  assert.ok(compiled.stdoutBytes.length > 1000, "a compiled profile");
  assert.match(readFileSync(file, "utf8"), /deny "[^"]*\/\*\*\/\.git\/hooks/);
});

test("the SELinux module compiles with a policy that has the types it names", {
  skip: lacks("/usr/bin/secilc"),
}, async (t) => {
  const stage = makeStage(t, ordinary);
  withRepository(stage);
  const flags = ["--read", stage.makeDirectory(`more/${ODD}`)];
  const module = fileOf(await exportFiles(stage, "selinux", { policy: POLICY, flags }));
  const base = stage.write("base.cil", basePolicy());
  const compiled = await stage.outside([
    "secilc",
    "--output",
    stage.path("policy"),
    "--filecontext",
    stage.path("contexts"),
    base,
    module,
  ]);
  assert.equal(compiled.code, 0, describeResult(compiled));
  const contexts = readFileSync(stage.path("contexts"), "utf8");
  assert.ok(contexts.includes(`${stage.workspace}(/.*)?`), contexts);
  const alone = await stage.outside([
    "secilc",
    "--output",
    stage.path("policy2"),
    "--filecontext",
    stage.path("c2"),
    base,
  ]);
  assert.equal(alone.code, 0, describeResult(alone));
});

/** The least that a module refers to, as a distribution's policy has it. */
function basePolicy(): string {
  const process =
    "fork transition sigchld sigkill sigstop signull signal getsched setsched getpgid setpgid getcap setrlimit";
  const file =
    "ioctl read write create getattr setattr lock append map unlink link rename execute execute_no_trans open";
  const socket =
    "ioctl read write create getattr setattr lock append bind connect listen accept getopt setopt shutdown sendto connectto";
  const dir = "ioctl read write create getattr setattr lock rename add_name remove_name reparent search rmdir open";
  const classes = {
    process,
    file,
    lnk_file: file,
    sock_file: file,
    fifo_file: file,
    dir,
    fd: "use",
    unix_stream_socket: socket,
    unix_dgram_socket: socket,
  };
  const types = [
    "unconfined_t",
    "kernel_t",
    "bin_t",
    "lib_t",
    "usr_t",
    "etc_t",
    "cert_t",
    "locale_t",
    "ld_so_cache_t",
    "ld_so_t",
    "shell_exec_t",
  ];
  return [
    ...Object.entries(classes).map(([name, permissions]) => `(class ${name} (${permissions}))`),
    `(classorder (${Object.keys(classes).join(" ")}))`,
    "(sid kernel) (sidorder (kernel)) (user system_u) (role system_r) (role unconfined_r) (role object_r)",
    "(sensitivity s0) (sensitivityorder (s0)) (category c0) (categoryorder (c0)) (sensitivitycategory s0 (c0))",
    ...types.map((type) => `(type ${type})`),
    "(typeattribute domain) (typeattribute file_type)",
    "(typeattributeset domain (kernel_t)) (typeattributeset file_type (bin_t))",
    "(userrole system_u system_r) (userrole system_u object_r) (userrole system_u unconfined_r) (roletype system_r kernel_t)",
    "(userlevel system_u (s0)) (userrange system_u ((s0) (s0)))",
    "(sidcontext kernel (system_u system_r kernel_t ((s0) (s0))))",
    "(allow kernel_t bin_t (file (read)))",
    "",
  ].join("\n");
}

test("the seccomp profile is one that our own compiler reads, each rule with a word", async (t) => {
  const stage = makeStage(t, ordinary);
  const file = fileOf(await exportFiles(stage, "seccomp", { policy: POLICY }));
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  const parsed = parseOciSeccomp(value);
  if (!parsed.ok) assert.fail(parsed.problems.join("\n"));
  assert.ok(compileSeccomp({ profile: parsed.profile, arch: "x64" }).program.length > 100);
  assert.match(readFileSync(file, "utf8"), /"comment": "No typing into|TIOCSTI/);
});

test("the Quadlet file has only keys that Podman's generator knows, and what systemd reads of it is valid", {
  skip: lacks("/usr/bin/systemd-analyze"),
}, async (t) => {
  const stage = makeStage(t, ordinary);
  withRepository(stage);
  const flags = ["--image", "localhost/agent", "--read", stage.makeDirectory("more/it's 100%")];
  const file = fileOf(
    await exportFiles(stage, "quadlet", { policy: POLICY, flags, command: ["sh", "-c", "echo %h $HOME"] }),
    ".container",
  );
  const text = readFileSync(file, "utf8");
  const container = text.slice(text.indexOf("[Container]"), text.indexOf("[Service]"));
  const keys = new Set([...container.matchAll(/^([A-Za-z]+)=/gm)].map(([, key = ""]) => key));
  const known = [
    "DropCapability",
    "Environment",
    "Exec",
    "Image",
    "Network",
    "NoNewPrivileges",
    "PodmanArgs",
    "ReadOnly",
    "SeccompProfile",
    "SecurityLabelDisable",
    "Tmpfs",
    "UserNS",
    "Volume",
  ];
  assert.deepEqual(
    [...keys].filter((key) => !known.includes(key)),
    [],
  );
  // The generator makes this section into one with a command line.
  const unit = stage.write(
    "quadlet.service",
    text.replace(container, "").replace("[Service]", "[Service]\nExecStart=/bin/true"),
  );
  const verified = await stage.outside(["systemd-analyze", "verify", unit]);
  assert.equal(verified.stderr, "", describeResult(verified));
});

test("the proxy of the manifests lets the named hosts through and no others", {
  skip: lacks("/usr/bin/tinyproxy"),
}, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, answerHttp);
  const flags = ["--image", "localhost/agent", "--allow", `localhost:${server.port}`, "--allow", "*.example.org"];
  const file = fileOf(await exportFiles(stage, "kubernetes", { flags }), ".yaml");
  const map = parseAllDocuments(readFileSync(file, "utf8"))
    .map((each) => each.toJS())
    .find(({ kind }) => kind === "ConfigMap");
  const port = 20_000 + (process.pid % 20_000);
  const hosts = stage.write("hosts", map.data.hosts);
  const config = stage.write(
    "tinyproxy.conf",
    map.data["tinyproxy.conf"].replace("/etc/proxy/hosts", hosts).replace(/^Port .*/m, `Port ${port}`),
  );
  const running = start(["tinyproxy", "-d", "-c", config], { identity: ordinary, cwd: "/" });
  t.after(() => running.child.kill("SIGKILL"));
  const get = (host: string) =>
    stage.outside([
      "curl",
      "--silent",
      "--max-time",
      "5",
      "--noproxy",
      "",
      "--proxy",
      `http://127.0.0.1:${port}`,
      "--output",
      "/dev/null",
      "--write-out",
      "%{http_code}",
      `http://${host}:${server.port}/`,
    ]);
  await until(
    "the proxy listens",
    () => running.output().includes("Accepting") || running.errors().includes("Accepting") || undefined,
    5_000,
  ).catch(() => undefined);
  await reachable(port);
  assert.equal((await get("localhost")).stdout, "200", running.output());
  for (const host of ["127.0.0.1", "localhost.evil.test", "notlocalhost", "example.org"])
    assert.equal((await get(host)).stdout, "403", host);
  assert.equal(server.count(), 1);
});

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
