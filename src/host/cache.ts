// Remembers what `cordon-init probe` said, so that a run needn't ask again. Only success is remembered, only for this boot,
// user, program and confinement, and only in a file that nobody else can have written. It never raises: no cache is fine.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { loadCrypto } from "../core/crypto.js";
import { canonicalJson } from "../core/digest.js";
import { type Answers, ESSENTIAL, firstObstacle, parseAnswers, printAnswers } from "./probe/answers.js";
import { namespaceOf } from "./probe/container.js";
import type { InitStamp } from "./probe/init.js";
import { readDescriptor, readText } from "./probe/read.js";
import type { Sysctls } from "./probe/sysctls.js";
import type { HostFacts } from "./types.js";

const MAX_BYTES = 16_384;
const FORMAT = "cordon-facts 2";
/** Builds that are used side by side each keep their own. */
const MAX_FILES = 8;

/** What a file of ours remembers. */
export interface Remembered {
  readonly key: string;
  readonly init: InitStamp;
  readonly answers: Answers;
}

/** Everything that could change the answers: another program, boot, user, namespace or confinement. Undefined when that can't be told. */
export function contextKey(
  release: string,
  user: HostFacts["user"],
  initDigest: string,
  sysctls: Sysctls,
): string | undefined {
  const status = readText("/proc/self/status") ?? "";
  const confinement = status.split("\n").filter((line) => /^(?:NoNewPrivs|Seccomp|CapEff|CapBnd):/.test(line));
  const boot = readText("/proc/sys/kernel/random/boot_id", 256);
  if (boot === undefined) return undefined;
  return canonicalJson({
    release,
    boot,
    ids: [user.uid, user.gid],
    initDigest,
    sysctls,
    confinement,
    profile: readText("/proc/self/attr/current", 4096) ?? "",
    namespaces: ["user", "pid", "mnt"].map(namespaceOf),
  });
}

/** Where facts about an init of this identity are kept. Root that came by sudo uses its own home: never a folder of somebody else. */
export function cacheFile(
  user: HostFacts["user"],
  env: Readonly<Record<string, string | undefined>>,
  identity: string,
): string {
  return join(cacheFolder(user, env), `facts-${shortHash(identity)}.json`);
}

export function cacheFolder(user: HostFacts["user"], env: Readonly<Record<string, string | undefined>>): string {
  const wanted = env["XDG_CACHE_HOME"];
  const base =
    wanted !== undefined && isAbsolute(wanted) && user.sudoUid === undefined ? wanted : join(user.home, ".cache");
  return join(base, "cordon");
}

/** FNV-1a: a name, not a proof; what is in the file is compared. node:crypto would take longer to load than all else here. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

export function readCache(file: string, uid: number): Remembered | undefined {
  const text = readOwn(file, uid);
  return text === undefined ? undefined : decodeCache(text);
}

/** SECURITY: a file of another owner, or with other rights, is as if it weren't there. */
export function readOwn(file: string, uid: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile() || status.uid !== uid || (status.mode & 0o077) !== 0) return undefined;
    return readDescriptor(fd, MAX_BYTES)?.toString("utf8");
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** A question that ran out of time, as while modules were loaded, may have another answer at once. */
function lasting(answers: Answers): boolean {
  return firstObstacle(answers, ESSENTIAL) === undefined && !Object.values(answers).includes("timeout");
}

export function encodeCache({ key, init, answers }: Remembered): string {
  const { identity, digest } = init;
  return `${JSON.stringify({ format: FORMAT, key, identity, digest, answers: printAnswers(answers) })}\n`;
}

export function decodeCache(text: string): Remembered | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (data === null || typeof data !== "object" || !("format" in data) || data.format !== FORMAT) return undefined;
  const { key, identity, digest, answers: printed } = data as Record<string, unknown>;
  if (typeof key !== "string" || typeof identity !== "string" || typeof digest !== "string") return undefined;
  if (typeof printed !== "string") return undefined;
  const answers = parseAnswers(printed);
  if (!lasting(answers)) return undefined;
  return { key, init: { identity, digest }, answers };
}

/** Keeps a few files at the most. Whether this one was kept. */
export function writeCache(file: string, uid: number, facts: Remembered): boolean {
  if (!lasting(facts.answers) || !writeOwn(file, uid, encodeCache(facts))) return false;
  removeOthers(join(file, ".."), file);
  return true;
}

/** Whole or not at all, and only in a folder that nobody else can change. Whether it was kept. */
export function writeOwn(file: string, uid: number, text: string): boolean {
  const folder = join(file, "..");
  const temporary = `${file}.${loadCrypto().randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = lstatSync(folder);
    if (!status.isDirectory() || status.uid !== uid || (status.mode & 0o022) !== 0) return false;
    const fd = openSync(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
    return true;
  } catch {
    removeQuietly(temporary);
    return false;
  }
}

/** Those of builds that are gone would pile up. */
function removeOthers(folder: string, file: string): void {
  try {
    const others = readdirSync(folder).filter(
      (name) => /^facts-[0-9a-f]+\.json$/.test(name) && join(folder, name) !== file,
    );
    if (others.length >= MAX_FILES) for (const name of others) removeQuietly(join(folder, name));
  } catch {
    // The next one tries again.
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never existed, or another process removed it first.
  }
}
