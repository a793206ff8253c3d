// Rootless Podman for tests: storage, configuration and a small image of their own, made of this machine's programs. Nothing of the
// user's own containers is touched.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeResult, exec, type Result } from "./exec.js";
import type { Identity } from "./identity.js";

export interface Podman {
  /** Variables under which `podman` uses this storage. */
  readonly env: Readonly<Record<string, string>>;
  readonly image: string;
  run(argv: readonly string[], timeoutMs?: number): Promise<Result>;
  remove(): Promise<void>;
}

const PROGRAMS = [
  "sh",
  "bash",
  "cat",
  "env",
  "id",
  "ls",
  "printenv",
  "touch",
  "tr",
  "unshare",
  "sleep",
  "mkdir",
  "chown",
  "find",
  "chmod",
  "echo",
];

/** What isn't there of what the tests need, or false. */
export function lacksPodman(): string | false {
  const paths = ["/usr/bin/podman", "/usr/sbin/runc", "/usr/bin/newuidmap"];
  const missing = paths.filter((path) => !existsSync(path));
  return missing.length === 0 ? false : `not there: ${missing.join(", ")}`;
}

export async function makePodman(identity: Identity): Promise<Podman> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cordon-podman-")));
  const own = async (script: string) => {
    const result = await exec(["sh", "-ec", script, "sh", root], { identity, cwd: "/" });
    assert.equal(result.code, 0, describeResult(result));
  };
  execFileSync("chown", [`${identity.uid}:${identity.gid}`, root]);
  await own(CONFIGURE);
  const env = {
    XDG_RUNTIME_DIR: `${root}/run`,
    CONTAINERS_CONF: `${root}/containers.conf`,
    CONTAINERS_STORAGE_CONF: `${root}/storage.conf`,
  };
  const run = (argv: readonly string[], timeoutMs = 120_000) => exec(argv, { identity, cwd: root, env, timeoutMs });
  const accounts = `${root}/accounts/etc`;
  mkdirSync(accounts, { recursive: true });
  for (const name of ["passwd", "group"]) writeFileSync(`${accounts}/${name}`, "root:x:0:0:root:/:/bin/sh\n");
  const etc = ["--directory", `${root}/accounts`, "etc"];
  execFileSync("tar", [
    "--create",
    "--dereference",
    "--file",
    `${root}/image.tar`,
    "--directory",
    "/",
    ...contents(),
    ...etc,
  ]);
  const imported = await run(["podman", "import", "--quiet", `${root}/image.tar`, "localhost/cordon-test:1"]);
  assert.equal(imported.code, 0, describeResult(imported));
  const named = await run(["podman", "image", "inspect", "--format", "{{.Digest}}", "localhost/cordon-test:1"]);
  return {
    env,
    image: `localhost/cordon-test@${named.stdout.trim()}`,
    run,
    remove: async () => {
      await run(["podman", "system", "reset", "--force"]);
      // Layers belong to users of the container: only in its namespace they can be removed.
      await run(["podman", "unshare", "rm", "-rf", "--", `${root}/graph`]);
      execFileSync("rm", ["-rf", "--", root]);
    },
  };
}

/** runc: crun refuses a machine with both versions of control groups. */
const CONFIGURE = `
mkdir -m 700 "$1/run" && mkdir "$1/graph" "$1/tmp"
cat >"$1/storage.conf" <<END
[storage]
driver = "overlay"
runroot = "$1/run/storage"
graphroot = "$1/graph"
END
cat >"$1/containers.conf" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "$1/tmp"
[engine.runtimes]
runc = ["/usr/sbin/runc"]
[containers]
log_driver = "none"
default_ulimits = ["nofile=512:512", "nproc=1024:1024"]
END
`;

/** The programs and the libraries that they are linked with, as names below the root. */
function contents(): readonly string[] {
  const programs = PROGRAMS.map((name) => `/usr/bin/${name}`);
  const libraries = execFileSync("ldd", programs, { encoding: "utf8" }).matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm);
  const all = new Set([
    ...programs,
    ...programs.map((path) => path.replace("/usr", "")),
    ...[...libraries].map(([, path = ""]) => path),
  ]);
  return [...all].filter((path) => existsSync(path)).map((path) => path.slice(1));
}
