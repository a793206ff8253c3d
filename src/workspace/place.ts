// Looks at one tree of the host, held open by descriptor, so that renaming the tree itself changes nothing. It never follows a
// link below it, whatever somebody inside swaps meanwhile, and never opens a file.
import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { errnoOf } from "../core/error.js";
import { joinPath } from "../plan/paths.js";
import type { ByteText } from "./denied.js";

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface OpenFolder {
  /** Leads to this very folder, as long as it is open. */
  readonly path: string;
  readonly identity: string;
  readonly entries: () => readonly Dirent[];
}

export interface Entry {
  readonly kind: "directory" | "symlink" | "other";
  /** Differs from that of another file that takes its place, also when the inode's number is used again. */
  readonly identity: string;
  readonly changedMs: number;
}

export class HostTree {
  readonly #fd: number;

  constructor(source: string) {
    this.#fd = openSync(source, DIRECTORY);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Calls `use` with the folder open. false: there is no such folder any more, or a link leads elsewhere. */
  visit(rest: ByteText, use: (folder: OpenFolder) => void): boolean {
    const fd = unlessGone(() => openSync(this.#at(rest), DIRECTORY));
    if (fd === undefined) return false;
    const path = `/proc/self/fd/${fd}`;
    try {
      if (linkBytes(path) !== joinPath(linkBytes(`/proc/self/fd/${this.#fd}`), rest)) return false;
      const { dev, ino } = fstatSync(fd, { bigint: true });
      use({
        path,
        identity: `${dev}:${ino}`,
        // Node's types know only "utf8" and "buffer" here; with any other encoding the names are text as well.
        entries: () => readdirSync(path, { withFileTypes: true, encoding: "latin1" }),
      });
      return true;
    } finally {
      closeSync(fd);
    }
  }

  look(rest: ByteText): Entry | undefined {
    const status = unlessGone(() => lstatSync(this.#at(rest), { bigint: true }));
    if (status === undefined) return undefined;
    const { dev, ino, birthtimeNs, ctimeNs, ctimeMs } = status;
    const kind = status.isDirectory() ? "directory" : status.isSymbolicLink() ? "symlink" : "other";
    const born = birthtimeNs > 0n ? birthtimeNs : ctimeNs;
    return { kind, identity: `${dev}:${ino}:${born}`, changedMs: Number(ctimeMs) };
  }

  /** What a link says; undefined when it is gone. */
  link(rest: ByteText): ByteText | undefined {
    try {
      return linkBytes(this.#at(rest));
    } catch {
      return undefined;
    }
  }

  #at(rest: ByteText): Buffer {
    return Buffer.from(`/proc/self/fd/${this.#fd}/${rest}`, "latin1");
  }
}

function linkBytes(path: string | Buffer): ByteText {
  return readlinkSync(path, { encoding: "latin1" });
}

const GONE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);

function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (GONE.has(errnoOf(error))) return undefined;
    throw error;
  }
}
