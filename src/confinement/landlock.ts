// Landlock as the second layer below the mount tree, and which trees the guard must serve because of it.
//
// A right granted on a directory holds for everything below it, across mount points too, and no later rule can take it
// back. So that the guard's answers are binding, nothing at or above a guarded tree may grant a right to change files:
// there the guard makes every change, and letting a call continue after looking at its path can't open anything.

import type { Mount, Plan } from "../plan/types.js";

/** LANDLOCK_ACCESS_FS_*. */
export const FS_ACCESS = {
  execute: 1 << 0,
  writeFile: 1 << 1,
  readFile: 1 << 2,
  readDir: 1 << 3,
  removeDir: 1 << 4,
  removeFile: 1 << 5,
  makeChar: 1 << 6,
  makeDir: 1 << 7,
  makeReg: 1 << 8,
  makeSock: 1 << 9,
  makeFifo: 1 << 10,
  makeBlock: 1 << 11,
  makeSym: 1 << 12,
  /** Moving and linking between directories; before ABI 2 always refused. */
  refer: 1 << 13,
  truncate: 1 << 14,
  ioctlDev: 1 << 15,
} as const;

/** LANDLOCK_SCOPE_*. */
export const SCOPE = { abstractUnixSocket: 1 << 0, signal: 1 << 1 } as const;

const READ = FS_ACCESS.readFile | FS_ACCESS.readDir | FS_ACCESS.execute;

/** The only rights that a rule on something else than a directory may have. */
const OF_FILES = FS_ACCESS.execute | FS_ACCESS.writeFile | FS_ACCESS.readFile | FS_ACCESS.truncate | FS_ACCESS.ioctlDev;

/** Writing to what is there: devices and the entries of procfs, which programs open with O_TRUNC too. */
const WRITE_EXISTING = FS_ACCESS.writeFile | FS_ACCESS.truncate | FS_ACCESS.ioctlDev;

/** In a guarded tree: nothing by which a name comes, goes or changes. */
const GUARDED = READ | FS_ACCESS.ioctlDev;

/** What the op `dev` makes; each has its own rule because a guarded tree may lie below /dev/shm. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty", "pts"];

export interface LandlockRules {
  readonly handledFs: number;
  readonly handledNet: number;
  readonly scoped: number;
  /** Paths as seen inside, each once. */
  readonly paths: readonly { readonly path: string; readonly access: number }[];
}

export interface GuardedPrefix {
  readonly path: string;
  /** `ruled`: names are judged there. `served`: the guard makes each change that is asked for. `free`: the command makes
   *  its changes itself, inside of a served tree. */
  readonly kind: "ruled" | "served" | "free";
}

/** Every file-system right that an ABI version knows. */
export function allFsAccess(abi: number): number {
  if (abi < 1) return 0;
  const known = 13 + (abi >= 2 ? 1 : 0) + (abi >= 3 ? 1 : 0) + (abi >= 5 ? 1 : 0);
  return 2 ** known - 1;
}

/**
 * The ruleset for a plan. The network isn't handled: the network namespace is that boundary. With `nested` no file-system
 * right is, since a process under such a ruleset can't mount.
 */
export function landlockRules(plan: Plan, abi: number): LandlockRules {
  const handledFs = plan.nested ? 0 : allFsAccess(abi);
  const scoped = abi >= 6 ? SCOPE.abstractUnixSocket | SCOPE.signal : 0;
  if (handledFs === 0) return { handledFs, handledNet: 0, scoped, paths: [] };
  const paths = new Map<string, number>();
  const grant = (path: string, access: number): void => {
    paths.set(path, (paths.get(path) ?? 0) | (access & handledFs));
  };
  grant("/", READ);
  const { mounts, guarded, free } = survey(plan);
  for (const { path, isDirectory } of guarded) grant(path, isDirectory ? GUARDED : GUARDED & OF_FILES);
  for (const path of free) grant(path, handledFs);
  for (const mount of mounts) {
    if (mount.kind === "proc") grant(mount.target, WRITE_EXISTING);
    if (mount.kind === "dev") for (const name of DEVICES) grant(`${mount.target}/${name}`, WRITE_EXISTING);
    if (mount.kind === "bind" && mount.type === "device") grant(mount.target, WRITE_EXISTING | FS_ACCESS.readFile);
  }
  return { handledFs, handledNet: 0, scoped, paths: [...paths].map(([path, access]) => ({ path, access })) };
}

/** The trees whose changes the guard makes, and those inside of them that are left to the command. */
export function guardedPrefixes(plan: Plan): readonly GuardedPrefix[] {
  const { guarded, free } = survey(plan);
  const served = guarded.filter(({ kind }) => kind === "served");
  const left = free.filter((tree) => served.some(({ path }) => isAtOrBelow(tree, path)));
  return [
    ...guarded.map(({ path, kind }): GuardedPrefix => ({ path, kind })),
    ...left.map((path): GuardedPrefix => ({ path, kind: "free" })),
  ];
}

/** Where socket files are the sandbox's own or named by the policy (`allowed`), and where they may be services of the host. */
export function socketTrees(plan: Plan): readonly { readonly path: string; readonly allowed: boolean }[] {
  const trees = new Map([["/", true]]);
  for (const mount of plan.mounts) {
    if (mount.kind === "tmpfs" || mount.kind === "proc" || mount.kind === "dev") trees.set(mount.target, true);
    if (mount.kind === "bind") trees.set(mount.target, mount.type === "socket" || isPersistentHome(plan, mount));
  }
  return [...trees].map(([path, allowed]) => ({ path, allowed }));
}

interface Survey {
  /** Mounts that no later one covers; a rule on a covered path would be a rule on what covers it. */
  readonly mounts: readonly Mount[];
  readonly guarded: readonly (GuardedPrefix & { readonly isDirectory: boolean })[];
  /** Private trees without a guarded one in them, and folders made for the command in one that is guarded. */
  readonly free: readonly string[];
}

function survey(plan: Plan): Survey {
  const mounts = uncovered(plan.mounts);
  const ruled = ruledTrees(plan, mounts);
  const isAbove = (tree: string): boolean => ruled.some(({ path }) => isAtOrBelow(path, tree));
  const privateTrees = mounts.flatMap((mount) => {
    if (mount.kind === "tmpfs" && !mount.readOnly) return [mount.target];
    if (mount.kind === "bind" && isPersistentHome(plan, mount)) return [mount.target];
    return mount.kind === "dev" ? [`${mount.target}/shm`] : [];
  });
  const isRuled = (tree: string): boolean => ruled.some(({ path }) => path === tree);
  const served = privateTrees
    .filter((tree) => isAbove(tree) && !isRuled(tree))
    .map((path): Survey["guarded"][number] => ({ path, kind: "served", isDirectory: true }));
  const free = [...privateTrees, ...foldersIn(served, mounts)].filter((tree) => !isAbove(tree));
  return { mounts, guarded: [...ruled, ...served], free };
}

/** Folders that the plan makes in a new private tree: nothing could have put a link in their place. */
function foldersIn(served: readonly GuardedPrefix[], mounts: readonly Mount[]): readonly string[] {
  return mounts.flatMap((mount, at) => {
    if (mount.kind !== "directory" || !served.some(({ path }) => isAtOrBelow(mount.target, path))) return [];
    const ground = mounts
      .slice(0, at)
      .findLast((each) => each.kind !== "directory" && isAtOrBelow(mount.target, each.target));
    return ground?.kind === "tmpfs" && !ground.readOnly ? [mount.target] : [];
  });
}

/** The guard's roots, and every other writable tree of the host but the persistent home. */
function ruledTrees(plan: Plan, mounts: readonly Mount[]): Survey["guarded"] {
  const trees = new Map<string, boolean>(plan.guard.roots.map((path) => [path, true]));
  for (const mount of mounts) {
    if (mount.kind !== "bind" || mount.access !== "write" || isPersistentHome(plan, mount)) continue;
    if (mount.type === "directory" || mount.type === "file") trees.set(mount.target, mount.type === "directory");
  }
  return [...trees].map(([path, isDirectory]) => ({ path, kind: "ruled", isDirectory }));
}

function isPersistentHome(plan: Plan, mount: Extract<Mount, { kind: "bind" }>): boolean {
  const { home, guard } = plan;
  if (home.mode !== "persistent" || mount.access !== "write" || guard.roots.includes(mount.target)) return false;
  return mount.source === home.source && mount.target === plan.identity.home;
}

/** By the last mount at each place instead of by pairs: there are a hundred, and each launch does this. */
export function uncovered(mounts: readonly Mount[]): readonly Mount[] {
  const last = new Map<string, number>();
  mounts.forEach((mount, at) => {
    if (!ADDS_ONLY.has(mount.kind)) last.set(mount.target, at);
  });
  return mounts.filter(({ target }, at) => {
    for (let path = target; ; path = parentOf(path)) {
      if ((last.get(path) ?? -1) > at) return false;
      if (path === "/") return true;
    }
  });
}

/** They put something into a tree and cover none. */
const ADDS_ONLY: ReadonlySet<Mount["kind"]> = new Set(["directory", "file", "run-file", "symlink"]);

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function isAtOrBelow(path: string, tree: string): boolean {
  return path === tree || tree === "/" || path.startsWith(`${tree}/`);
}
