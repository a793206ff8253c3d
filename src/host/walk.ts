// Finds paths in a tree for the rules that need every match. It never follows a link, and what it can't look into but the
// command could is an error: a rule is never skipped.
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { CordonError, errnoOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { parseMountinfo } from "./probe/mountinfo.js";
import { readText } from "./probe/read.js";

export type Match = (path: string, isDirectory: boolean) => boolean;

export interface WalkOptions {
  /** Folders that are too deep to be looked through count as matches. Otherwise what lies in them isn't found. */
  readonly tooDeepMatches?: boolean;
}

/** A path of 4096 bytes can't be opened, and what is found must have a path inside as well, with a name and perhaps a longer beginning. */
const MAX_FOLDER_BYTES = 3500;

/** File systems that hold no files of the user; going through them is endless or has side effects. */
const PSEUDO: ReadonlySet<string> = new Set([
  ...[
    "proc",
    "sysfs",
    "cgroup",
    "cgroup2",
    "devpts",
    "devtmpfs",
    "debugfs",
    "tracefs",
    "securityfs",
    "bpf",
    "mqueue",
    "binfmt_misc",
  ],
  ...["autofs", "fusectl", "configfs", "pstore", "efivarfs", "hugetlbfs", "nsfs", "rpc_pipefs"],
]);

/** What bytes that aren't UTF-8 turn into. */
const REPLACED = "\ufffd";

export function pseudoMounts(mountinfo: string): ReadonlySet<string> {
  return new Set(
    parseMountinfo(mountinfo)
      .filter((mount) => PSEUDO.has(mount.type))
      .map((mount) => mount.target),
  );
}

export function walk(root: string, match: Match, uid: number, options: WalkOptions = {}): readonly string[] {
  const status = lstatSync(root, { throwIfNoEntry: false });
  if (status === undefined) return [];
  const found = match(root, status.isDirectory()) ? [root] : [];
  const skipped = pseudoMounts(readText("/proc/self/mountinfo", 8 * 1024 * 1024) ?? "");
  const pending = status.isDirectory() && !skipped.has(root) ? [root] : [];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (isTooDeep(folder)) {
      if (options.tooDeepMatches === true) found.push(folder);
      continue;
    }
    const prefix = folder === "/" ? "/" : `${folder}/`;
    const entries = entriesOf(folder, uid);
    if (entries.some((entry) => entry.name.includes(REPLACED))) walkUnnameable(Buffer.from(folder), match, uid);
    for (const entry of entries) {
      const path = prefix + entry.name;
      const isDirectory = entry.isDirectory();
      if (match(path, isDirectory) && !entry.name.includes(REPLACED)) found.push(path);
      if (isDirectory && !skipped.has(path) && !entry.name.includes(REPLACED)) pending.push(path);
    }
  }
  return found;
}

/** Most paths are far from it, and counting bytes costs more than counting characters. */
function isTooDeep(folder: string): boolean {
  return folder.length > MAX_FOLDER_BYTES / 4 && Buffer.byteLength(folder) > MAX_FOLDER_BYTES;
}

/**
 * The entries of a folder whose names aren't UTF-8, and all below them. A mask can't be put on what can't be written in a plan,
 * so a match there is an error.
 */
function walkUnnameable(start: Buffer, match: Match, uid: number): void {
  const pending = [{ folder: start, all: false }];
  for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
    for (const entry of rawEntriesOf(here.folder, uid)) {
      if (!here.all && !entry.name.toString("utf8").includes(REPLACED)) continue;
      const raw = Buffer.concat([here.folder, Buffer.from("/"), entry.name]);
      const path = raw.toString("utf8");
      if (match(path, entry.isDirectory())) {
        throw new CordonError(
          "path-refused",
          "a file whose name isn't UTF-8 can't be hidden or protected, and the policy asks for it",
          {
            place: printable(path),
            hint: "rename it",
          },
        );
      }
      if (entry.isDirectory() && raw.length > MAX_FOLDER_BYTES) throw tooDeep(path);
      if (entry.isDirectory()) pending.push({ folder: raw, all: true });
    }
  }
}

function entriesOf(folder: string, uid: number): readonly Dirent[] {
  return orRefuse(folder, uid, () => readdirSync(folder, { withFileTypes: true }));
}

function rawEntriesOf(folder: Buffer, uid: number): readonly Dirent<Buffer>[] {
  return orRefuse(folder, uid, () => readdirSync(folder, { withFileTypes: true, encoding: "buffer" }));
}

/**
 * Whether a folder that can't be read holds nothing for a rule: it is gone, or it stays closed to the command as well. A folder
 * of the user's own doesn't: the command has the user's id and can give itself the right.
 */
export function nothingToFind(code: string | undefined, ownerUid: number | undefined, uid: number): boolean {
  if (code === "ENOENT" || code === "ENOTDIR" || ownerUid === undefined) return true;
  return code === "EACCES" && ownerUid !== uid;
}

function orRefuse<Entry>(folder: string | Buffer, uid: number, read: () => readonly Entry[]): readonly Entry[] {
  try {
    return read();
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENAMETOOLONG") throw tooDeep(folder.toString());
    const owner = lstatSync(folder, { throwIfNoEntry: false })?.uid;
    if (nothingToFind(code, owner, uid)) return [];
    throw new CordonError(
      "path-refused",
      `the folder can't be looked through for the policy's patterns (${code ?? "error"})`,
      {
        place: printable(folder.toString()),
        hint:
          code === "EACCES" ? "give yourself the right to read it: chmod u+rx" : "leave it out of the granted paths",
        cause: error,
      },
    );
  }
}

function tooDeep(path: string): CordonError {
  return new CordonError("path-refused", "a folder lies too deep to be looked through for the policy's patterns", {
    place: printable(path.slice(0, 200)),
    hint: "remove it or move it up",
  });
}
