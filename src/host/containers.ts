// Whether rootless podman can make a container here, and what it has to be told for it: asked by having it make one in folders of Cordon's own,
// with a time limit. What worked is remembered for this boot and this program, since asking takes longer than a short run.
import { execFile } from "node:child_process";
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../core/digest.js";
import { messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { contextKey, readOwn, writeOwn } from "./cache.js";
import { readText } from "./probe/read.js";
import { readSysctls } from "./probe/sysctls.js";
import { findProgram } from "./probe/tools.js";
import type { HostFacts, WallTool } from "./types.js";

export interface ContainerQuestion {
  readonly facts: HostFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
const TIMEOUT_MS = 30_000;
const FIX =
  "podman 4 or later with crun or runc and newuidmap (packages podman, crun or runc, uidmap), and ids for you in /etc/subuid";

/** As it will be asked for. */
const TRIAL: readonly string[] = [
  ...["--rm", "--userns=keep-id", "--network=none", "--ipc=private", "--no-hosts"],
  ...["--http-proxy=false", "--log-driver=none", "--systemd=false", "--read-only", "--read-only-tmpfs=false"],
  ...["--cap-drop=ALL", "--security-opt=no-new-privileges", "--security-opt=label=disable"],
];

export async function probeContainers(question: ContainerQuestion): Promise<WallTool | undefined> {
  const path = findProgram("podman", question.env["PATH"]);
  if (path === undefined) return undefined;
  if (question.facts.user.uid === 0) return { path };
  const folders = makeFolders(question);
  if (typeof folders === "string") return { path, obstacle: folders, fix: "move it away" };
  const env = environment(folders);
  const { facts } = question;
  const found = { path, env, folder: folders.rootfs };
  const runtimes = runtimesOf(question);
  const context = contextKey(facts.kernel.release, facts.user, facts.init?.digest ?? "", readSysctls());
  const key = canonicalJson({
    format: "cordon-podman 1",
    context: context ?? null,
    found,
    runtimes: runtimes.map(stamped),
  });
  const known = context === undefined ? undefined : remembered(folders.known, facts.user.uid, key);
  const before = runtimes.find(({ path: each }) => each === known);
  if (before !== undefined) return { ...found, words: wordsOf(before, folders) };
  const problems: string[] = [];
  for (const runtime of runtimes) {
    const words = wordsOf(runtime, folders);
    const problem = await attempt(path, [...words, ...trial(question, folders)], env);
    if (problem === undefined) {
      writeOwn(folders.known, facts.user.uid, `${runtime.path}\n${key}`);
      return { ...found, words };
    }
    problems.push(problem);
  }
  const why = problems[0] ?? "there is neither crun nor runc";
  return { ...found, obstacle: `podman can't make a container here: ${why}`, fix: FIX };
}

interface Folders {
  readonly home: string;
  readonly rootfs: string;
  readonly runtime: string;
  readonly storage: string;
  readonly running: string;
  readonly known: string;
}

/** Short, since podman refuses longer ones, and gone with the boot. Nothing has to be kept: no image is ever stored here. */
function makeFolders({ facts }: ContainerQuestion): Folders | string {
  const { uid } = facts.user;
  const boot = (readText("/proc/sys/kernel/random/boot_id", 256) ?? "").slice(0, 8);
  const session = `/run/user/${uid}`;
  const base = isOwn(session, uid) ? `${session}/cordon/podman` : `/tmp/cordon-podman-${uid}/${boot}`;
  const [home, rootfs, runtime] = [join(base, "home"), join(base, "rootfs"), join(base, "session")];
  const [storage, running] = [join(base, "storage"), join(base, "run")];
  try {
    for (const folder of [join(base, ".."), base, home, rootfs, runtime, storage, running]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isOwn(folder, uid)) return `${folder} isn't yours alone`;
    }
  } catch (error) {
    return `${base} can't be made: ${messageOf(error)}`;
  }
  return { home, rootfs, runtime, storage, running, known: join(base, "works") };
}

/** SECURITY: what somebody else has made there could lead podman to other folders. */
function isOwn(folder: string, uid: number): boolean {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  return status?.isDirectory() === true && status.uid === uid && (status.mode & 0o077) === 0;
}

/** The user's own settings for containers aren't read: they may mount what no policy names. */
function environment({ home, runtime }: Folders): Readonly<Record<string, string>> {
  return { HOME: home, LC_ALL: "C", PATH: SYSTEM_PATH, XDG_RUNTIME_DIR: runtime };
}

interface Runtime {
  readonly path: string;
  readonly cgroups: "disabled" | "enabled";
}

/** crun leaves control groups to Cordon, but refuses the mixed hierarchy; runc makes its own where it may. */
function runtimesOf({ env, facts }: ContainerQuestion): readonly Runtime[] {
  const search = `${env["PATH"] ?? ""}:${SYSTEM_PATH}`;
  const of = (name: string, cgroups: Runtime["cgroups"]): readonly Runtime[] => {
    const path = findProgram(name, search);
    return path === undefined ? [] : [{ path, cgroups }];
  };
  const [crun, runc] = [of("crun", "disabled"), of("runc", "enabled")];
  return facts.cgroup.layout === "v2" ? [...crun, ...runc] : [...runc, ...crun];
}

function wordsOf({ path, cgroups }: Runtime, { storage, running }: Folders): readonly string[] {
  return [
    ...[`--root=${storage}`, `--runroot=${running}/storage`, `--tmpdir=${running}/tmp`, "--storage-driver=overlay"],
    ...["--cgroup-manager=cgroupfs", "--events-backend=none", `--runtime=${path}`, "run", `--cgroups=${cgroups}`],
    // Where nobody may raise a limit, podman's own wishes are refused.
    ...["--ulimit=nofile=1024:1024", "--ulimit=nproc=2048:2048"],
  ];
}

function trial({ facts }: ContainerQuestion, { rootfs }: Folders): readonly string[] {
  const init = facts.init?.path ?? "";
  const mount = `type=bind,"source=${init.replaceAll('"', '""')}",target=/.cordon/init,ro=true`;
  return [...TRIAL, "--mount", mount, "--rootfs", rootfs, "/.cordon/init", "probe"];
}

/** By which runtime it worked, when everything is as it was. */
function remembered(file: string, uid: number, key: string): string | undefined {
  const [runtime, ...rest] = (readOwn(file, uid) ?? "").split("\n");
  return rest.join("\n") === key ? runtime : undefined;
}

function stamped({ path, cgroups }: Runtime) {
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  return { path, cgroups, ino, size, mtimeMs, ctimeMs };
}

function attempt(path: string, argv: readonly string[], env: Readonly<Record<string, string>>) {
  // SIGTERM, which podman hands on: a container that hangs is taken away.
  const options = { env, cwd: "/", timeout: TIMEOUT_MS, maxBuffer: 65_536 };
  return new Promise<string | undefined>((resolve) => {
    execFile(path, argv, options, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve(printable(stderr.trim().split("\n").at(-1) || "it didn't end in time", 300));
    });
  });
}
