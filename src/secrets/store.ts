// The user's own store of secrets: one file each in Cordon's state, which no sandbox can reach (it is refused as a grant and hidden below
// grants). For the user's eyes only; a value in it isn't encrypted: who wants that names a keyring or a password program as its source.
// SECURITY(T8, T11): the folder must be the user's alone, links in it are never followed.
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { posix } from "node:path";
import { CordonError, errnoOf } from "../core/error.js";
import { readSecretName } from "../policy/atoms.js";
import { stateFolder } from "../policy/trust.js";

/** A definition as it is kept, in the words of a policy's `secrets`. */
export interface StoredSecret {
  readonly from?: string;
  /** When there is no `from`. */
  readonly value?: string;
  readonly env?: string;
  readonly hosts: readonly string[];
  readonly ttl?: string;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

const MAX_BYTES = 65_536;
const TEXTS = ["from", "value", "env", "ttl"] as const;
const LISTS = ["hosts", "methods", "paths"] as const;

export class SecretStore {
  readonly #folder: string;

  constructor(env: Env, home: string) {
    this.#folder = posix.join(stateFolder(env, home), "secrets");
  }

  /** Undefined: there is none of this name. */
  async read(name: string): Promise<StoredSecret | undefined> {
    const path = this.#pathOf(name);
    try {
      await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const status = await file.stat();
      if (!status.isFile() || status.uid !== process.geteuid?.() || (status.mode & 0o077) !== 0)
        throw new CordonError("path-refused", "the file can be read by others", {
          place: path,
          hint: `chmod 600 ${path}`,
        });
      const buffer = Buffer.alloc(MAX_BYTES);
      const { bytesRead } = await file.read(buffer, 0, MAX_BYTES, 0);
      const text = buffer.toString("utf8", 0, bytesRead);
      buffer.fill(0);
      return storedOf(text) ?? refuseFile(path);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error instanceof CordonError ? error : refuseFile(path, error);
    }
  }

  async write(name: string, secret: StoredSecret): Promise<void> {
    const path = this.#pathOf(name);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const folder = await lstat(this.#folder);
    if (!folder.isDirectory() || folder.uid !== process.geteuid?.() || (folder.mode & 0o077) !== 0)
      throw new CordonError("path-refused", "the folder of secrets isn't yours alone", { place: this.#folder });
    const fresh = `${path}.new`;
    await unlink(fresh).catch(() => undefined);
    {
      await using file = await open(
        fresh,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
      await file.writeFile(`${JSON.stringify({ version: 1, ...secret })}\n`);
      await file.sync();
    }
    await rename(fresh, path);
  }

  async names(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : [])).toSorted();
  }

  /** False: there was none. */
  async remove(name: string): Promise<boolean> {
    return unlink(this.#pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  #pathOf(name: string): string {
    const read = readSecretName(name);
    if (!read.ok) throw new CordonError("usage", `a secret has ${read.problem}`);
    return posix.join(this.#folder, `${name}.json`);
  }
}

function refuseFile(path: string, cause?: unknown): never {
  throw new CordonError("path-refused", "the file can't be read as a secret", { place: path, cause });
}

function storedOf(text: string): StoredSecret | undefined {
  const value = parsed(text);
  if (value === undefined || value["version"] !== 1 || !isTexts(value["hosts"])) return undefined;
  const fits =
    TEXTS.every((key) => value[key] === undefined || typeof value[key] === "string") &&
    LISTS.every((key) => value[key] === undefined || isTexts(value[key]));
  const { version: _, ...secret } = value;
  // Checked border: each member was looked at.
  return fits ? (secret as unknown as StoredSecret) : undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
