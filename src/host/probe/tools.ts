// Programs that other backends would use, and their versions. Looking is cheap; asking for a version starts a program, so
// only `doctor` does it. Programs come from the user's own PATH, absolute entries only.
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Tool } from "../types.js";

/** Tools with the argument that prints their version, or none where there isn't one. */
export const TOOLS: Readonly<Record<string, readonly string[] | undefined>> = {
  bwrap: ["--version"],
  firejail: ["--version"],
  unshare: ["--version"],
  podman: ["--version"],
  crun: ["--version"],
  runc: ["--version"],
  runsc: ["--version"],
  "qemu-system-x86_64": ["--version"],
  "qemu-system-aarch64": ["--version"],
  "systemd-run": ["--version"],
  git: ["--version"],
  newuidmap: undefined,
};

const TIMEOUT_MS = 3000;

/** The first executable file of that name; a relative PATH entry would let the working folder choose the program. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  if (name === "" || name.includes("\0")) return undefined;
  if (name.includes("/")) return isAbsolute(name) && isProgram(name) ? name : undefined;
  for (const folder of (path ?? "").split(":")) {
    if (isAbsolute(folder) && isProgram(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The first thing that looks like a version in what a program printed. */
export function versionIn(text: string): string | undefined {
  return /(?:^|[\s(v-])(\d+(?:\.\d+){1,3}(?:[-+~.][0-9A-Za-z.]{1,20})?|\d{8}\.\d+|\d{2,3})(?=[\s),]|$)/.exec(
    text.slice(0, 2000),
  )?.[1];
}

export async function probeTools(path: string | undefined): Promise<Readonly<Record<string, Tool>>> {
  const asked = Object.entries(TOOLS).map(async ([name, argv]) => {
    const found = findProgram(name, path);
    if (found === undefined) return [];
    const version = argv === undefined ? undefined : await askVersion(found, argv);
    return [[name, version === undefined ? { path: found } : { path: found, version }] as const];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}

function askVersion(program: string, argv: readonly string[]): Promise<string | undefined> {
  const options = {
    env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    cwd: "/",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve) => {
    execFile(program, argv, options, (_error, stdout, stderr) => resolve(versionIn(stdout) ?? versionIn(stderr)));
  });
}
