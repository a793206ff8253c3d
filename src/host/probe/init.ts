// Finds the cordon-init program and checks that it is ours: a regular file nobody else can write, with the digest of the
// package. It never looks on PATH, in the working folder or anywhere an agent could have written.
import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, fstatSync, openSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errnoOf } from "../../core/error.js";
import type { HostFacts } from "../types.js";
import { readDescriptor, readText } from "./read.js";

export interface InitFile {
  readonly path: string;
  readonly digest: string;
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
  /** The folder of the running code; for tests. */
  readonly codeFolder?: string;
}

/** A root-owned copy that the AppArmor fix of `cordon doctor` installs; used only when it has the digest of the package's. */
export const SYSTEM_COPY = "/usr/local/lib/cordon/cordon-init";
const MAX_BYTES = 8 * 1024 * 1024;

export function locateInit(question: InitQuestion): InitAnswer {
  const found = locateOwn(question);
  if (found.kind !== "found" || question.explicit !== undefined || found.ownerUid === 0) return found;
  const copy = checkInit(SYSTEM_COPY, question.user, found.digest);
  return copy.kind === "found" && copy.ownerUid === 0 ? copy : found;
}

function locateOwn(question: InitQuestion): InitAnswer {
  const { architecture, user, explicit } = question;
  if (explicit !== undefined) return checkInit(explicit, user);
  const folder = question.codeFolder ?? dirname(fileURLToPath(import.meta.url));
  const checkout = checkoutOf(folder);
  // Only a checkout listens to the environment: a test of another build. An installed Cordon must not be turned by a variable.
  const override = checkout === undefined ? undefined : question.env["CORDON_INIT"];
  if (override !== undefined && override !== "") return checkInit(override, user);
  const path = join(folder, "init", architecture, "cordon-init");
  if (existsSync(path)) {
    const expected = parseDigests(readText(join(folder, "init", "digests.json"), 65_536))[architecture];
    if (expected === undefined) return { kind: "refused", reason: `no digest of ${path} came with this package` };
    return checkInit(path, user, expected);
  }
  return checkout === undefined
    ? { kind: "missing", reason: "the package has no cordon-init for this processor; install Cordon again" }
    : checkInit(join(checkout, "native", "out", architecture, "cordon-init"), user);
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

/** SECURITY: opened once; owner, mode and digest are those of the same open file. */
export function checkInit(path: string, user: HostFacts["user"], expected?: string): InitAnswer {
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
    const problem = ownershipProblem(fstatSync(fd), user) ?? folderProblem(dirname(path));
    if (problem !== undefined) return { kind: "refused", reason: `${path} ${problem}` };
    const bytes = readDescriptor(fd, MAX_BYTES);
    if (bytes === undefined) return { kind: "refused", reason: `${path} is larger than any cordon-init` };
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (expected !== undefined && digest !== expected)
      return { kind: "refused", reason: `${path} was changed after it was built` };
    return { kind: "found", path, digest, ownerUid: fstatSync(fd).uid };
  } finally {
    closeSync(fd);
  }
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
