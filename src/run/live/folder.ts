// The folder of one running sandbox: its record and its socket. Only its owner can look into it; every step on the way is on a descriptor,
// so that no name on the way can be exchanged, and so that a path may be longer than a socket's name can be.
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { posix } from "node:path";
import { CordonError, errnoOf } from "../../core/error.js";
import { isMeetingPlace } from "./wire.js";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_NONBLOCK } = constants;
const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const RECORD = "run.json";
const SOCKET = "control.sock";
const MAX_RECORD_BYTES = 1024 * 1024;

/** `NAME-8 hex digits`, as startRun makes it. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}-[0-9a-f]{8}$/;

export class RunFolder {
  /** For messages and for cordon-init; this process goes by the descriptor. */
  readonly path: string;
  readonly id: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.id = posix.basename(path);
    this.#fd = fd;
  }

  /** Makes it, and what is missing above it. Throws when something on the way isn't the user's alone. */
  static make(root: string, id: string): RunFolder {
    if (!RUN_ID.test(id)) throw new CordonError("internal", "a run's id can't be the name of a folder");
    // The user's own state or runtime folder; what Cordon keeps below it is checked.
    mkdirSync(posix.dirname(posix.dirname(root)), { recursive: true, mode: 0o700 });
    const above = [posix.dirname(root), root].map((path) => makeOwn(path));
    for (const fd of above) closeSync(fd);
    mkdirSync(posix.join(root, id), { mode: 0o700 });
    return new RunFolder(posix.join(root, id), openOwn(posix.join(root, id)));
  }

  /** undefined: it isn't there (any more), or isn't the user's alone. */
  static open(root: string, id: string): RunFolder | undefined {
    if (!RUN_ID.test(id)) return undefined;
    try {
      closeSync(openOwn(root));
      return new RunFolder(posix.join(root, id), openOwn(posix.join(root, id)));
    } catch {
      return undefined;
    }
  }

  static list(root: string): readonly string[] {
    try {
      const fd = openOwn(root);
      try {
        return readdirSync(`/proc/self/fd/${fd}`).filter((name) => RUN_ID.test(name));
      } finally {
        closeSync(fd);
      }
    } catch {
      return [];
    }
  }

  get socketPath(): string {
    return this.#below(SOCKET);
  }

  /** Whether a socket is there that is the user's. */
  hasSocket(): boolean {
    const status = lstatSync(this.socketPath, { throwIfNoEntry: false });
    return status?.isSocket() === true && status.uid === process.geteuid?.();
  }

  protectSocket(): void {
    chmodSync(this.socketPath, 0o600);
  }

  /** Whole or not at all. */
  writeRecord(record: object): void {
    const fresh = this.#below(`${RECORD}.new`);
    writeFileSync(fresh, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: "w" });
    renameSync(fresh, this.#below(RECORD));
  }

  readRecord(): unknown {
    try {
      const fd = openSync(this.#below(RECORD), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const status = fstatSync(fd);
        if (!status.isFile() || status.size > MAX_RECORD_BYTES) return undefined;
        const record: unknown = JSON.parse(readFileSync(fd, "utf8"));
        return record;
      } finally {
        closeSync(fd);
      }
    } catch {
      return undefined;
    }
  }

  ageMs(): number {
    return Date.now() - fstatSync(this.#fd).mtimeMs;
  }

  /** With everything that Cordon puts there, and nothing else. */
  remove(): void {
    for (const name of readdirSync(this.#below("."))) {
      if (name !== RECORD && name !== `${RECORD}.new` && name !== SOCKET && !isMeetingPlace(name)) continue;
      quietly(() => unlinkSync(this.#below(name)));
    }
    quietly(() => rmdirSync(this.path));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #below(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }
}

function makeOwn(path: string): number {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  return openOwn(path, true);
}

function openOwn(path: string, narrow = false): number {
  const fd = openSync(path, FOLDER);
  const status = fstatSync(fd);
  const open = (status.mode & 0o077) !== 0;
  if (status.uid === process.geteuid?.() && (!open || narrow)) {
    if (open) chmodSync(`/proc/self/fd/${fd}`, 0o700);
    return fd;
  }
  closeSync(fd);
  throw new CordonError("path-refused", "the folder for running sandboxes isn't yours alone", { place: path });
}

function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
