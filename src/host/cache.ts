// Remembers what `cordon-init probe` said, so that a run needn't ask again. Only success is remembered, only for this boot,
// user, program and confinement, and only in a file that nobody else can have written. It never raises: no cache is fine.
import { createHash, randomBytes } from "node:crypto";
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
import { canonicalJson, sha256 } from "../core/digest.js";
import { type Answers, ESSENTIAL, firstObstacle, parseAnswers, printAnswers } from "./probe/answers.js";
import { namespaceOf } from "./probe/container.js";
import { readDescriptor, readText } from "./probe/read.js";
import type { Sysctls } from "./probe/sysctls.js";
import type { HostFacts } from "./types.js";

const MAX_BYTES = 16_384;
const FORMAT = "cordon-facts 1";

/** Everything that could change the answers without changing the program: another boot, user, namespace or confinement. */
export function contextKey(release: string, user: HostFacts["user"], initDigest: string, sysctls: Sysctls): string {
  const status = readText("/proc/self/status") ?? "";
  const confinement = status.split("\n").filter((line) => /^(?:NoNewPrivs|Seccomp|CapEff|CapBnd):/.test(line));
  return sha256(
    canonicalJson({
      release,
      boot: readText("/proc/sys/kernel/random/boot_id", 256) ?? randomBytes(16).toString("hex"),
      ids: [user.uid, user.gid],
      initDigest,
      sysctls,
      confinement,
      profile: readText("/proc/self/attr/current", 4096) ?? "",
      namespaces: ["user", "pid", "mnt"].map(namespaceOf),
    }),
  );
}

/** Where facts about this init are kept. Root that came by sudo uses its own home: never a folder of somebody else. */
export function cacheFile(
  user: HostFacts["user"],
  env: Readonly<Record<string, string | undefined>>,
  initDigest: string,
): string {
  const wanted = env["XDG_CACHE_HOME"];
  const base =
    wanted !== undefined && isAbsolute(wanted) && user.sudoUid === undefined ? wanted : join(user.home, ".cache");
  const name = createHash("sha256").update(initDigest).digest("hex").slice(0, 16);
  return join(base, "cordon", `facts-${name}.json`);
}

/** SECURITY: a file of another owner, with other rights, of another context or with a failed answer is as if it weren't there. */
export function readCache(file: string, uid: number, key: string): Answers | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile() || status.uid !== uid || (status.mode & 0o077) !== 0) return undefined;
    return decodeCache(readDescriptor(fd, MAX_BYTES)?.toString("utf8") ?? "", key);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

export function encodeCache(answers: Answers, key: string): string {
  return `${JSON.stringify({ format: FORMAT, key, answers: printAnswers(answers) })}\n`;
}

export function decodeCache(text: string, key: string): Answers | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (data === null || typeof data !== "object" || !("format" in data) || !("key" in data) || !("answers" in data))
    return undefined;
  if (data.format !== FORMAT || data.key !== key || typeof data.answers !== "string") return undefined;
  const answers = parseAnswers(data.answers);
  return firstObstacle(answers, ESSENTIAL) === undefined ? answers : undefined;
}

/** Keeps one file: those of other builds are removed. Whether it was kept. */
export function writeCache(file: string, uid: number, key: string, answers: Answers): boolean {
  if (firstObstacle(answers, ESSENTIAL) !== undefined) return false;
  const folder = join(file, "..");
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
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
      writeSync(fd, encodeCache(answers, key));
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
    removeOthers(folder, file);
    return true;
  } catch {
    removeQuietly(temporary);
    return false;
  }
}

function removeOthers(folder: string, file: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (/^facts-[0-9a-f]{16}\.json$/.test(name) && path !== file) removeQuietly(path);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never existed, or another process removed it first.
  }
}
