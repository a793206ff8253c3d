// Whether another program can make a sandbox here: asked by having it make one, with everything that Cordon will ask of it, and a time limit.
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../core/digest.js";
import { printable } from "../core/text.js";
import { cacheFolder, contextKey, readOwn, writeOwn } from "./cache.js";
import { readSysctls } from "./probe/sysctls.js";
import { findProgram } from "./probe/tools.js";
import type { HostFacts, WallTool } from "./types.js";

export interface WallQuestion {
  readonly facts: HostFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 10_000;

/** Backends whose wall another program makes, in the order in which `auto` asks them. */
export const WALLS = [
  ["bubblewrap", "bwrap"],
  ["firejail", "firejail"],
  ["unshare", "unshare"],
  ["systemd", "systemd-run"],
  ["podman", "podman"],
] as const;

/** Programs that stand in native's sandbox and so can't stand in for it. */
export const WITHIN = [["gvisor", "runsc"]] as const;

/** Stands for a folder of the user's own. */
const OWN_FOLDER = "{folder}";

interface Trial {
  /** What follows the program's name. */
  readonly argv: readonly string[];
  readonly fix: string;
}

const TRIALS: Readonly<Record<string, Trial>> = {
  bwrap: {
    argv: [
      ...["user", "ipc", "pid", "net", "uts", "cgroup"].map((kind) => `--unshare-${kind}`),
      ...["--hostname", "probe", "--as-pid-1", "--die-with-parent", "--cap-drop", "ALL", "--cap-add", "CAP_SETPCAP"],
      ...["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"],
      ...["--perms", "0700", "--size", "4096", "--tmpfs", "/tmp", "--remount-ro", "/", "--", "/bin/sh", "-c", ":"],
    ],
    fix: "bubblewrap 0.5 or later, and user namespaces: cordon doctor says what this host has",
  },
  // Its root is this computer's, and it runs nothing but `true`: what it keeps of that it takes away.
  runsc: {
    argv: [
      ...[`--root=${OWN_FOLDER}`, "--rootless", "--ignore-cgroups", "--network=none", "--platform=ptrace"],
      ...["do", "/bin/true"],
    ],
    fix: "runsc of gVisor (package runsc, or a newer one from gvisor.dev), and user namespaces: cordon doctor says what this host has",
  },
  unshare: {
    argv: [
      ...["--user", "--map-current-user", "--keep-caps", "--mount", "--ipc", "--net", "--uts", "--cgroup", "--pid"],
      ...["--fork", "--kill-child=SIGKILL", "--", "/bin/sh", "-c", ":"],
    ],
    fix: "util-linux 2.36 or later, and user namespaces: cordon doctor says what this host has",
  },
  firejail: {
    argv: [
      ...["--quiet", "--noprofile", "--keep-fd=2", "--deterministic-shutdown", "--net=none", "--ipc-namespace"],
      ...["--hostname=probe", "--private-dev", "--nogroups", "--nonewprivs", "--caps.drop=all", "--private"],
      ...[
        "--protocol=unix,inet,inet6,netlink",
        "--dbus-user=none",
        "--",
        "unshare",
        "--user",
        "--map-current-user",
        "--mount",
        "--net",
        "--",
        "true",
      ],
    ],
    fix: "firejail 0.9.72 or later, set-user-ID root as its package installs it, and user namespaces",
  },
};

/** Undefined when it isn't installed. That one works is remembered for this boot, this user and this very file. */
export async function probeWall(tool: string, question: WallQuestion): Promise<WallTool | undefined> {
  if (tool === "podman") return (await import("./containers.js")).probeContainers(question);
  if (tool === "systemd-run") return (await import("./services.js")).probeServices(question);
  const { facts, env } = question;
  const trial = TRIALS[tool];
  const path = findProgram(tool, env["PATH"]);
  if (trial === undefined || path === undefined) return undefined;
  const key = keyOf(path, trial, facts);
  const file = join(cacheFolder(facts.user, env), `wall-${tool}.json`);
  if (key !== undefined && readOwn(file, facts.user.uid) === key) return { path };
  const folder = join(cacheFolder(facts.user, env), tool);
  const obstacle = await attempt(
    path,
    trial.argv.map((word) => word.replace(OWN_FOLDER, () => folder)),
  );
  if (obstacle === undefined && key !== undefined) writeOwn(file, facts.user.uid, key);
  return obstacle === undefined
    ? { path }
    : { path, obstacle: `${tool} can't make a sandbox here: ${obstacle}`, fix: trial.fix };
}

function keyOf(path: string, { argv }: Trial, { kernel, user, init }: HostFacts): string | undefined {
  const context = contextKey(kernel.release, user, init?.digest ?? "", readSysctls());
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  return context === undefined
    ? undefined
    : canonicalJson({ format: "cordon-wall 1", context, argv, path, ino, size, mtimeMs, ctimeMs });
}

function attempt(path: string, argv: readonly string[]): Promise<string | undefined> {
  const options = {
    env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    cwd: "/",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve) => {
    execFile(path, argv, options, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve(printable(stderr.trim().split("\n").at(-1) || "it didn't end in time", 300));
    });
  });
}
