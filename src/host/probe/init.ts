// Finds the cordon-init program and checks that it is ours: a regular file nobody else can write, with the digest of the
// package. It never looks on PATH, in the working folder or anywhere an agent could have written.
import { type BigIntStats, closeSync, constants, existsSync, fstatSync, openSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../core/digest.js";
import { errnoOf } from "../../core/error.js";
import type { HostFacts } from "../types.js";
import { readDescriptor, readText } from "./read.js";

/** A file as it was when its digest was computed: any change of it changes its status. */
export interface InitStamp {
  /** Device, inode, size and the times of the last changes of content and status (stat(2)), in nanoseconds. */
  readonly identity: string;
  readonly digest: string;
}

export type KnownDigest = (identity: string) => string | undefined;

export interface InitFile extends InitStamp {
  readonly path: string;
  readonly ownerUid: number;
}

export type InitAnswer =
  | ({ readonly kind: "found" } & InitFile)
  | { readonly kind: "missing" | "refused"; readonly reason: string };

export interface InitQuestion {
  readonly user: HostFacts["user"];
  readonly architecture: HostFacts["kernel"]["architecture"];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set by the library's caller or a test. */
  readonly explicit?: string;
  /** The digest that was computed before of the file with this identity. */
  readonly known?: KnownDigest;
  /** The folder of the running code; for tests. */
  readonly codeFolder?: string;
}

/** A root-owned copy that the AppArmor fix of `cordon doctor` installs; used only when it has the digest of the package's. */
export const SYSTEM_COPY = "/usr/local/lib/cordon/cordon-init";
const MAX_BYTES = 8 * 1024 * 1024;

export function locateInit(question: InitQuestion): InitAnswer {
  const found = locateOwn(question);
  if (found.kind !== "found" || question.explicit !== undefined || found.ownerUid === 0) return found;
  const copy = checkInit(SYSTEM_COPY, { user: question.user, expected: found.digest });
  return copy.kind === "found" && copy.ownerUid === 0 ? copy : found;
}

function locateOwn(question: InitQuestion): InitAnswer {
  const { architecture, user, explicit } = question;
  const by = { user, ...(question.known === undefined ? {} : { known: question.known }) };
  if (explicit !== undefined) return checkInit(explicit, by);
  const folder = question.codeFolder ?? dirname(fileURLToPath(import.meta.url));
  const checkout = checkoutOf(folder);
  // Only a checkout listens to the environment: a test of another build. An installed Cordon must not be turned by a variable.
  const override = checkout === undefined ? undefined : question.env["CORDON_INIT"];
  if (override !== undefined && override !== "") return checkInit(override, by);
  const path = join(folder, "init", architecture, "cordon-init");
  if (existsSync(path)) {
    const expected = parseDigests(readText(join(folder, "init", "digests.json"), 65_536))[architecture];
    if (expected === undefined) return { kind: "refused", reason: `no digest of ${path} came with this package` };
    return checkInit(path, { ...by, expected });
  }
  return checkout === undefined
    ? { kind: "missing", reason: "the package has no cordon-init for this processor; install Cordon again" }
    : checkInit(join(checkout, "native", "out", architecture, "cordon-init"), by);
}

/** The root of the source checkout that the code runs from. */
function checkoutOf(folder: string): string | undefined {
  let here = folder;
  for (let depth = 0; depth < 5; depth++) {
    if (existsSync(join(here, "native", "PROTOCOL.md")) && existsSync(join(here, "package.json"))) return here;
    here = dirname(here);
  }
  return undefined;
}

/** The build's `{ "x64": "<64 hex digits>" }`, as digests by architecture; anything else is as if it weren't there. */
export function parseDigests(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const data: unknown = JSON.parse(text ?? "{}");
    if (data === null || typeof data !== "object") return {};
    const good = Object.entries(data).filter(([, value]) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value));
    return Object.fromEntries(good.map(([name, value]) => [name, `sha256:${value}`]));
  } catch {
    return {};
  }
}

export interface CheckedBy {
  readonly user: HostFacts["user"];
  readonly expected?: string;
  readonly known?: KnownDigest;
}

/** SECURITY: opened once; owner, mode and digest are those of the same open file. */
export function checkInit(path: string, by: CheckedBy): InitAnswer {
  if (!isAbsolute(path)) return { kind: "refused", reason: `${path} isn't an absolute path` };
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== "ENOENT" && code !== "ENOTDIR")
      return { kind: "refused", reason: `${path} can't be opened (${code})` };
    return {
      kind: "missing",
      reason: `${path} isn't there; build it with "npm run build:init", which needs a C compiler`,
    };
  }
  try {
    const problem = ownershipProblem(fstatSync(fd), by.user) ?? folderProblem(dirname(path));
    if (problem !== undefined) return { kind: "refused", reason: `${path} ${problem}` };
    const identity = identityOf(fstatSync(fd, { bigint: true }));
    const digest = by.known?.(identity) ?? digestOf(fd);
    if (digest === undefined) return { kind: "refused", reason: `${path} is larger than any cordon-init` };
    if (by.expected !== undefined && digest !== by.expected)
      return { kind: "refused", reason: `${path} was changed after it was built` };
    return { kind: "found", path, identity, digest, ownerUid: fstatSync(fd).uid };
  } finally {
    closeSync(fd);
  }
}

function digestOf(fd: number): string | undefined {
  const bytes = readDescriptor(fd, MAX_BYTES);
  return bytes === undefined ? undefined : sha256(bytes);
}

/** Whoever could set the time of the last status change back could change the running program as well. */
function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

export interface Ownership {
  isFile(): boolean;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export function ownershipProblem(file: Ownership, user: HostFacts["user"]): string | undefined {
  if (!file.isFile()) return "isn't a regular file";
  if (file.uid !== 0 && file.uid !== user.uid && file.uid !== user.sudoUid) return "belongs to another user";
  if ((file.mode & 0o002) !== 0) return "can be written by everybody";
  // With a umask of 002 each user has a group of their own, with the same number; any other group means other people.
  if ((file.mode & 0o020) !== 0 && file.gid !== 0 && file.gid !== file.uid) return "can be written by a group";
  if ((file.mode & 0o111) === 0) return "can't be executed";
  return undefined;
}

/** In a folder that others may write, the file could be swapped (a sticky one only by its owner). */
function folderProblem(folder: string): string | undefined {
  const status = statSync(folder);
  return (status.mode & 0o002) !== 0 && (status.mode & 0o1000) === 0
    ? "lies in a folder that everybody can write"
    : undefined;
}
