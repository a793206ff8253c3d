// Which policy files of a workspace the user has accepted, by their exact bytes. A file in the workspace may have been written
// by the agent, so its name or place never makes it trusted. What was checked is what is handed on: nothing is read twice.
// SECURITY(T6, T8): the record lies in the user's state, outside of every sandbox.
import { constants } from "node:fs";
import { mkdir, open, realpath, rename, unlink } from "node:fs/promises";
import { posix } from "node:path";
import { sha256 } from "../core/digest.js";
import { CordonError, errnoOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { lineDifference } from "./difference.js";
import { readPolicyFile } from "./load.js";
import { namesFile, parsePolicy } from "./parse.js";
import { absolutePath } from "./paths.js";
import type { Diagnostic } from "./types.js";

export interface TrustState {
  readonly state: "trusted" | "changed" | "untrusted";
  /** `changed`: what differs from what was trusted, each file under its name, safe to print. */
  readonly difference?: string;
  /** `trusted`: the very bytes that were checked, for LoadRequest.texts. */
  readonly texts?: ReadonlyMap<string, Uint8Array>;
}

export type TrustResult =
  | {
      readonly ok: true;
      /** The bytes that are trusted now, by path; the main file first. */
      readonly texts: ReadonlyMap<string, Uint8Array>;
      /** What differs from what was trusted before; empty when nothing was. */
      readonly difference: string;
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

interface TrustedFile {
  readonly path: string;
  readonly digest: string;
  readonly text: string;
}

interface TrustRecord {
  readonly version: 1;
  readonly files: readonly TrustedFile[];
}

const MAX_FILES = 64;
const MAX_RECORD = 128 * 1024 * 1024;

/** Cordon's state folder of a user; trust is kept in `trust` below it. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = env["XDG_STATE_HOME"];
  // As the XDG specification has it, a relative path is ignored.
  return base?.startsWith("/") ? `${posix.normalize(base)}/cordon`.replace("//", "/") : `${home}/.local/state/cordon`;
}

/** Whether a workspace's policy file (absolute path) is what the user accepted. `stateDir`: see stateFolder. */
export async function trustState(file: string, stateDir: string): Promise<TrustState> {
  const record = await readRecord(file, stateDir);
  if (record === undefined) return { state: "untrusted" };
  const texts = new Map<string, Uint8Array>();
  const differences: string[] = [];
  for (const trusted of record.files) {
    const now = await readPolicyFile(trusted.path, { followLinks: trusted.path !== file });
    if (now.ok && sha256(now.bytes) === trusted.digest) texts.set(trusted.path, now.bytes);
    else differences.push(differenceOf(trusted, now.ok ? new TextDecoder().decode(now.bytes) : now.message, now.ok));
  }
  return differences.length === 0
    ? { state: "trusted", texts }
    : { state: "changed", difference: differences.join("\n") };
}

function differenceOf(trusted: TrustedFile, now: string, readable: boolean): string {
  const name = printable(trusted.path, 300);
  if (!readable) return now;
  const lines = lineDifference(trusted.text, now);
  return `${name}:\n${lines === "" ? "  (bytes that aren't text differ)" : lines}`;
}

/**
 * Accepts a policy file as it stands now, with every file in its folder that it extends. Refused when one can't be read or
 * isn't a valid policy file: what can't be understood can't be accepted.
 */
export async function trust(file: string, stateDir: string, home: string): Promise<TrustResult> {
  const gathering = new Gathering(posix.dirname(file), home);
  await gathering.add(file, file);
  if (gathering.diagnostics.length > 0) return { ok: false, diagnostics: gathering.diagnostics };
  const before = await readRecord(file, stateDir);
  await writeRecord(file, stateDir, { version: 1, files: gathering.files });
  return {
    ok: true,
    texts: gathering.texts,
    difference: before === undefined ? "" : recordDifference(before.files, gathering.files),
  };
}

function recordDifference(before: readonly TrustedFile[], now: readonly TrustedFile[]): string {
  const old = new Map(before.map((one) => [one.path, one]));
  const changed = now.filter((one) => old.get(one.path)?.digest !== one.digest);
  return changed.map((one) => differenceOf(old.get(one.path) ?? { ...one, text: "" }, one.text, true)).join("\n");
}

/** Follows `extends` through the files of one folder. */
class Gathering {
  readonly files: TrustedFile[] = [];
  readonly texts = new Map<string, Uint8Array>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #folder: string;
  readonly #home: string;

  constructor(folder: string, home: string) {
    this.#folder = folder;
    this.#home = home;
  }

  async add(path: string, main: string): Promise<void> {
    if (this.files.some((one) => one.path === path)) return;
    if (this.files.length >= MAX_FILES) return this.#problem(path, `more than ${MAX_FILES} files are extended`);
    const read = await readPolicyFile(path, { followLinks: path !== main });
    if (!read.ok) return this.#problem(path, read.message);
    const parsed = await parsePolicy(read.bytes, path);
    if (!parsed.ok) {
      this.diagnostics.push(...parsed.diagnostics);
      return;
    }
    this.texts.set(path, read.bytes);
    this.files.push({ path, digest: sha256(read.bytes), text: new TextDecoder().decode(read.bytes) });
    for (const entry of parsed.written.extends ?? []) {
      const extended = namesFile(entry)
        ? absolutePath(entry, { folder: posix.dirname(path), home: this.#home })
        : undefined;
      if (extended?.ok && (await this.#isInside(extended.value))) await this.add(extended.value, main);
    }
  }

  /** In the folder by its text or by its real path: a link outside that leads back in is the workspace's too. */
  async #isInside(path: string): Promise<boolean> {
    const prefix = this.#folder === "/" ? "/" : `${this.#folder}/`;
    if (path.startsWith(prefix)) return true;
    try {
      const [real, folder] = await Promise.all([realpath(path), realpath(this.#folder)]);
      return real.startsWith(`${folder}/`);
    } catch {
      return false;
    }
  }

  #problem(path: string, message: string): void {
    this.diagnostics.push({
      severity: "error",
      place: { file: path, line: 1, column: 1 },
      code: "policy-missing",
      message,
    });
  }
}

function recordPath(file: string, stateDir: string): string {
  return `${stateDir}/trust/${sha256(file).slice("sha256:".length)}.json`;
}

/** The record, or undefined when there is none that can be understood: then nothing is trusted. */
async function readRecord(file: string, stateDir: string): Promise<TrustRecord | undefined> {
  try {
    const handle = await open(
      recordPath(file, stateDir),
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    );
    try {
      const stat = await handle.stat();
      if (!stat.isFile() || stat.size > MAX_RECORD) return undefined;
      const record: unknown = JSON.parse(await handle.readFile("utf8"));
      return isRecord(record) && record.files[0]?.path === file ? record : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is TrustRecord {
  if (value === null || typeof value !== "object" || !("files" in value) || !("version" in value)) return false;
  return (
    value.version === 1 && Array.isArray(value.files) && value.files.length > 0 && value.files.every(isTrustedFile)
  );
}

function isTrustedFile(value: unknown): value is TrustedFile {
  if (value === null || typeof value !== "object") return false;
  return ["path", "digest", "text"].every((key) => typeof Reflect.get(value, key) === "string");
}

/** Written whole or not at all: a new file of a name of its own, then moved into place. */
async function writeRecord(file: string, stateDir: string, record: TrustRecord): Promise<void> {
  const path = recordPath(file, stateDir);
  const fresh = `${path}.${process.pid}.new`;
  try {
    await mkdir(posix.dirname(path), { recursive: true, mode: 0o700 });
    await unlink(fresh).catch(() => undefined);
    const handle = await open(
      fresh,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.writeFile(`${JSON.stringify(record)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, path);
  } catch (error) {
    throw new CordonError("policy-untrusted", "the trust can't be recorded", {
      place: path,
      hint: "check the folder's permissions",
      cause: error,
    });
  }
}
