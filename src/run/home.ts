// Makes the persistent home and the mount points in it before a launch. The sandbox can write there between runs' starts, so
// it must never follow a link or trust what it finds: every step is on a descriptor of the folder above.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { CordonError, errnoOf } from "../core/error.js";
import type { Plan } from "../plan/types.js";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

type MountPoint = NonNullable<Extract<Plan["home"], { mode: "persistent" }>["mountPoints"]>[number];

export const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Does nothing for a private home. `asRoot`: Cordon runs as root, so that what it makes has to be given away. */
export function prepareHome(plan: Plan, asRoot: boolean): void {
  if (plan.home.mode !== "persistent") return;
  const owner = ownerOf(plan, asRoot);
  const { source, mountPoints = [] } = plan.home;
  makeHome(source, owner);
  const home = openSync(source, FOLDER);
  try {
    check(home, source, owner);
    for (const point of mountPoints) makePoint(home, point, owner);
  } finally {
    closeSync(home);
  }
}

export function ownerOf(plan: Plan, asRoot: boolean): Owner | undefined {
  if (!asRoot) return undefined;
  return plan.identity.mapOwner ?? { uid: plan.identity.hostUid, gid: plan.identity.hostGid };
}

function makeHome(source: string, owner: Owner | undefined): void {
  // The folders above lie in the user's own state directory, which no sandbox is ever given.
  const made = mkdirSync(source, { recursive: true, mode: 0o700 });
  if (made === undefined || owner === undefined) return;
  const fd = openSync(source, FOLDER);
  try {
    fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
}

function check(fd: number, source: string, owner: Owner | undefined): void {
  const status = fstatSync(fd);
  const wanted = owner?.uid ?? process.geteuid?.();
  if (status.uid !== wanted) {
    throw new CordonError("path-refused", "the persistent home belongs to another user", { place: source });
  }
  if ((status.mode & 0o077) !== 0) fchmodSync(fd, 0o700);
}

function makePoint(home: number, point: MountPoint, owner: Owner | undefined): void {
  const names = point.path.split("/").filter((name) => name !== "");
  const last = names.pop();
  if (last === undefined || [...names, last].some((name) => name === "." || name === "..")) {
    throw new CordonError("internal", `a mount point has the path ${point.path}`);
  }
  let folder = home;
  try {
    for (const name of names) folder = step(folder, name, { home, owner });
    if (point.type === "directory") folder = step(folder, last, { home, owner });
    else if (point.type === "file") makeFile(folder, last, owner);
    else makeLink(folder, last, point.value ?? "");
  } catch (error) {
    throw new CordonError("path-refused", `the mount point ${point.path} can't be made in the persistent home`, {
      hint: "something else has that name there; remove it",
      cause: error,
    });
  } finally {
    if (folder !== home) closeSync(folder);
  }
}

/** Enters a folder, making it when it isn't there (unless `make` says no). Closes the one above unless it is the home. */
export function step(
  above: number,
  name: string,
  context: { readonly home: number; readonly owner: Owner | undefined; readonly make?: boolean },
): number {
  const path = below(above, name);
  const made = context.make !== false && attempt(() => mkdirSync(path, 0o755));
  const fd = openSync(path, FOLDER);
  if (made && context.owner !== undefined) fchownSync(fd, context.owner.uid, context.owner.gid);
  if (above !== context.home) closeSync(above);
  return fd;
}

function makeFile(folder: number, name: string, owner: Owner | undefined): void {
  const { O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  const made = attempt(() => {
    const fd = openSync(below(folder, name), O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    closeSync(fd);
  });
  if (!made) closeSync(openSync(below(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
}

function makeLink(folder: number, name: string, value: string): void {
  const made = attempt(() => symlinkSync(value, below(folder, name)));
  if (!made && readlinkSync(below(folder, name)) !== value) throw new Error("another link or file is there");
}

/** false: it was there already. */
function attempt(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Node has no openat(2): a path through the open folder's descriptor means the same, whatever its name has become. */
export function below(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}
