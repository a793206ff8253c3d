// An image's files as a folder, unpacked once from its layer after that was held against its digest, and looked at before each run: every
// file must be as it was unpacked. The quick look compares what the kernel counts (size, inode, time of the last change, which
// nobody can set back); only where that differs are contents compared.
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { isRecord } from "./lock.js";
import { TYPES } from "./manifest.js";
import { type ImageStore, replaceFile, type StoredImage } from "./store.js";
import { checkTree, type SealedEntry, statText, unpackTree } from "./unpack.js";

const VERSION = 1;

interface Seal {
  readonly version: typeof VERSION;
  readonly layer: string;
  readonly entries: readonly SealedEntry[];
}

/** The folder with the image's files. Unpacked when it isn't there yet; refused when anything in it was changed. */
export function imageTree(store: ImageStore, image: StoredImage): string {
  const [layer, ...more] = image.manifest.layers;
  if (layer === undefined || more.length > 0 || layer.mediaType !== TYPES.layer)
    throw new CordonError("image-invalid", `${printable(image.ref)} wasn't made by cordon image build`, {
      hint: "container backends can run it",
    });
  const folder = posix.join(store.folder, "trees", image.digest.replace(":", "-"));
  const [root, sealFile] = [posix.join(folder, "root"), posix.join(folder, "seal.json")];
  if (!existsSync(folder)) unpack(store, image, folder);
  const seal = readSeal(sealFile);
  const blob = store.blobPath(layer.digest);
  // Also what it was unpacked of: an image that was changed isn't run, whatever of it.
  if (statText(blob) !== seal.layer) {
    store.checkBlob(layer);
    resealed(sealFile, { ...seal, layer: statText(blob) });
  }
  if (seal.entries.some(({ path, stat }) => statText(`${root}/${path}`) !== stat)) {
    const entries = checkTree(root, seal.entries);
    resealed(sealFile, { ...seal, layer: statText(blob), entries });
  }
  return root;
}

function unpack(store: ImageStore, image: StoredImage, folder: string): void {
  const [layer] = image.manifest.layers;
  if (layer === undefined) return;
  store.checkBlob(layer);
  const trees = posix.dirname(folder);
  mkdirSync(trees, { recursive: true, mode: 0o700 });
  const work = mkdtempSync(posix.join(trees, "part-"));
  const blob = store.blobPath(layer.digest);
  const fd = openSync(blob, "r");
  try {
    const root = posix.join(work, "root");
    mkdirSync(root);
    chmodSync(root, 0o755);
    const entries = unpackTree(fd, root);
    const seal: Seal = { version: VERSION, layer: statText(blob), entries };
    replaceFile(posix.join(work, "seal.json"), JSON.stringify(seal));
    moveInto(work, folder);
  } finally {
    closeSync(fd);
    rmSync(work, { recursive: true, force: true });
  }
}

/** Another run may have come first: then its tree is as good. */
function moveInto(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) throw error;
  }
}

function resealed(file: string, seal: Seal): void {
  replaceFile(file, JSON.stringify(seal));
}

function readSeal(file: string): Seal {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    value = undefined;
  }
  if (isSeal(value)) return value;
  throw new CordonError("image-changed", "the unpacked image has lost its list of files", {
    place: printable(file),
    hint: "remove that folder; the next run unpacks the image again",
  });
}

// Checked border: the entries' own members are only compared, never used as paths outside of the tree.
function isSeal(value: unknown): value is Seal {
  return (
    isRecord(value) &&
    value["version"] === VERSION &&
    typeof value["layer"] === "string" &&
    Array.isArray(value["entries"]) &&
    value["entries"].every((entry) => isRecord(entry) && typeof entry["path"] === "string")
  );
}
