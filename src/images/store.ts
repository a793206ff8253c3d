// Where a user's images lie: one OCI image layout below Cordon's state folder, which no sandbox can reach. Every blob is named by its
// digest and held against it when it is read.
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { tagged } from "./definition.js";
import { type Blob, type Descriptor, indexText, type Manifest, REF_NAME, readIndex, readManifest } from "./manifest.js";

const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

export interface StoredImage {
  readonly ref: string;
  readonly digest: string;
  readonly manifest: Manifest;
}

export class ImageStore {
  readonly folder: string;

  /** `stateDir`: of policy/trust. */
  constructor(stateDir: string) {
    this.folder = posix.join(stateDir, "images");
  }

  /** Makes what a layout needs. */
  prepare(): void {
    mkdirSync(posix.join(this.folder, "blobs/sha256"), { recursive: true, mode: 0o700 });
    if (existsSync(posix.join(this.folder, "oci-layout"))) return;
    writeFileSync(posix.join(this.folder, "index.json"), indexText([]));
    writeFileSync(posix.join(this.folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}\n');
  }

  blobPath(digest: string): string {
    return posix.join(this.folder, "blobs", digest.replace(":", "/"));
  }

  putBlob({ descriptor, text }: Blob): void {
    replaceFile(this.blobPath(descriptor.digest), text);
  }

  /** Takes a file into the store. */
  adoptBlob(file: string, digest: string): void {
    renameSync(file, this.blobPath(digest));
  }

  /** A document's text, held against its digest. */
  readBlob({ digest, size }: Pick<Descriptor, "digest" | "size">): string {
    if (size > MAX_DOCUMENT_BYTES) throw changed(digest, "is too large");
    const bytes = readOrUndefined(this.blobPath(digest));
    if (bytes === undefined) throw changed(digest, "is missing");
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest) throw changed(digest, "was changed");
    return bytes.toString("utf8");
  }

  /** Reads a large blob once and holds it against its digest. */
  checkBlob({ digest, size }: Descriptor): void {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    let total = 0;
    const fd = openBlob(this.blobPath(digest), digest);
    try {
      for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
        hash.update(chunk.subarray(0, read));
        total += read;
      }
    } finally {
      closeSync(fd);
    }
    if (total !== size || `sha256:${hash.digest("hex")}` !== digest) throw changed(digest, "was changed");
  }

  /** Puts a name to a manifest; an earlier one of that name loses it. */
  name(ref: string, descriptor: Descriptor): void {
    const others = this.#index().filter((one) => one.annotations?.[REF_NAME] !== ref);
    const named = { ...descriptor, annotations: { [REF_NAME]: ref } };
    replaceFile(posix.join(this.folder, "index.json"), indexText([...others, named]));
  }

  /** Names and digests; nothing else is read. */
  names(): readonly (Descriptor & { readonly ref: string })[] {
    return this.#index().flatMap((one) => {
      const ref = one.annotations?.[REF_NAME];
      return ref === undefined ? [] : [{ ...one, ref }];
    });
  }

  find(name: string): StoredImage | undefined {
    const ref = tagged(name);
    const found = this.names().find((one) => one.ref === ref);
    return found && { ref, digest: found.digest, manifest: readManifest(this.readBlob(found)) };
  }

  expect(name: string): StoredImage {
    const found = this.find(name);
    if (found !== undefined) return found;
    throw new CordonError("image-missing", `there is no image ${printable(tagged(name), 120)}`, {
      hint: "cordon image ls shows what there is; cordon image build FILE makes one",
    });
  }

  #index(): readonly Descriptor[] {
    const bytes = readOrUndefined(posix.join(this.folder, "index.json"));
    return bytes === undefined ? [] : readIndex(bytes.toString("utf8"));
  }
}

/** Whole or not at all, also when two do it at once. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, text, { mode });
  renameSync(part, path);
}

function readOrUndefined(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function openBlob(path: string, digest: string): number {
  try {
    return openSync(path, "r");
  } catch {
    throw changed(digest, "is missing");
  }
}

function changed(digest: string, how: string): CordonError {
  return new CordonError("image-changed", `the image was changed: ${digest} ${how}`, {
    hint: "build it again, and find out who did it",
  });
}
