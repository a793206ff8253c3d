// A folder as one layer: names in order of their bytes, one time, one owner, modes without surprises. What the layer says depends on
// names and contents alone, never on who built it, when or where.
import { createHash, type Hash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, writeSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { type TarHeader, tarEnd, tarHeader, tarPadding } from "../tar.js";

export interface PackRequest {
  readonly root: string;
  /** The file that is written; it must not exist. */
  readonly target: string;
  readonly epoch: number;
  /** What belongs to the image's user, and not to root. */
  readonly home: { readonly path: string; readonly uid: number };
}

export interface Packed {
  readonly digest: string;
  readonly size: number;
}

const CHUNK = 1024 * 1024;

export function packLayer(request: PackRequest): Packed {
  const out = new Output(request.target);
  try {
    for (const path of pathsBelow(request.root, "")) addEntry(out, path, request);
    out.write(tarEnd());
    return out.result();
  } finally {
    out.close();
  }
}

/** Parents before what is in them, siblings in the order of their bytes. */
function pathsBelow(root: string, folder: string): readonly string[] {
  const names = readdirSync(posix.join(root, folder), { encoding: "buffer" }).map((name) => {
    const text = name.toString("utf8");
    if (Buffer.from(text).equals(name)) return text;
    throw new CordonError("image-invalid", "the image has a name that isn't UTF-8");
  });
  return names
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap((name) => {
      const path = posix.join(folder, name);
      return lstatSync(posix.join(root, path)).isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    });
}

function addEntry(out: Output, path: string, { root, epoch, home }: PackRequest): void {
  const full = posix.join(root, path);
  const status = lstatSync(full);
  const owner = path === home.path || path.startsWith(`${home.path}/`) ? home.uid : 0;
  const common = { path, uid: owner, gid: owner, value: "", size: 0 };
  if (status.isSymbolicLink()) {
    out.write(tarHeader({ ...common, type: "symlink", mode: 0o777, value: readlinkSync(full) }, epoch));
  } else if (status.isDirectory()) {
    out.write(tarHeader({ ...common, type: "directory", mode: folderMode(path, owner !== 0) }, epoch));
  } else if (status.isFile()) {
    // SECURITY: no set-user-ID programs, and nothing that others may write.
    const mode = (status.mode & 0o111) === 0 ? 0o644 : 0o755;
    addFile(out, full, { header: { ...common, type: "file", mode, size: status.size }, epoch });
  } else {
    throw new CordonError("image-invalid", `/${path} is neither a file, a folder nor a link`);
  }
}

function folderMode(path: string, isHome: boolean): number {
  if (path === "tmp" || path === "var/tmp") return 0o1777;
  return isHome || path === "root" ? 0o700 : 0o755;
}

function addFile(out: Output, file: string, { header, epoch }: { readonly header: TarHeader; readonly epoch: number }) {
  out.write(tarHeader(header, epoch));
  const fd = openSync(file, "r");
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, header.size)));
    let left = header.size;
    while (left > 0) {
      const read = readSync(fd, chunk, 0, Math.min(chunk.length, left), null);
      if (read === 0) throw new CordonError("image-failed", `${file} became shorter while it was read`);
      out.write(chunk.subarray(0, read));
      left -= read;
    }
  } finally {
    closeSync(fd);
  }
  out.write(tarPadding(header.size));
}

/** A file that is written in large pieces, and its digest. */
class Output {
  readonly #fd: number;
  readonly #hash: Hash = createHash("sha256");
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  #size = 0;

  constructor(target: string) {
    this.#fd = openSync(target, "wx", 0o600);
  }

  write(bytes: Buffer): void {
    this.#size += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const copied = bytes.copy(this.#buffer, this.#used, at);
      this.#used += copied;
      at += copied;
      if (this.#used === CHUNK) this.#flush();
    }
  }

  result(): Packed {
    this.#flush();
    return { digest: `sha256:${this.#hash.digest("hex")}`, size: this.#size };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#used = 0;
  }
}
