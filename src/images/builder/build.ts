// `cordon image build`: from a definition to an image in the store, its lock and its bill of materials. Everything is made in a folder of
// its own that is removed afterwards; the store and the files beside the definition change last.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { besideDefinition, type Definition, requireDefinition } from "../definition.js";
import { DEFAULT_EPOCH, definitionDigest, isLockOf, type Lock, lockText, readLock } from "../lock.js";
import { imageDocuments } from "../manifest.js";
import { sbomText } from "../sbom.js";
import { type ImageStore, replaceFile } from "../store.js";
import { Apt, fileDigest } from "./apt.js";
import { type Archive, hostArchitecture, readArchive, statusText, unpackArchive } from "./dpkg.js";
import { finishRoot, insideRoot, mergeUsr, prepareRoot } from "./finish.js";
import { installNpm } from "./npm.js";
import { packLayer } from "./pack.js";
import type { Environment } from "./program.js";

export interface BuildRequest {
  /** Absolute path of the definition. */
  readonly file: string;
  readonly store: ImageStore;
  readonly cacheDir: string;
  readonly env: Environment;
  readonly cwd: string;
  /** `update`: versions as they are today. `locked`: exactly the lock, and exactly its image. */
  readonly mode: "usual" | "update" | "locked";
  readonly onStep: (text: string) => void;
}

export interface Built {
  readonly ref: string;
  readonly digest: string;
  readonly lockFile: string;
  readonly sbomFile: string;
  readonly packages: number;
  readonly sizeBytes: number;
  /** The lock said another digest before. */
  readonly before?: string;
}

export async function buildImage(request: BuildRequest): Promise<Built> {
  const { file, store, env, cwd } = request;
  const definition = requireDefinition(readOwn(file), file, cwd);
  const architecture = await hostArchitecture(env);
  const known = knownLock(request, definition, architecture);
  store.prepare();
  const work = mkdtempSync(posix.join(store.folder, "build-"));
  try {
    return await buildIn(work, request, { definition, architecture, known });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Inputs {
  readonly definition: Definition;
  readonly architecture: string;
  readonly known: Lock | undefined;
}

async function buildIn(work: string, request: BuildRequest, inputs: Inputs): Promise<Built> {
  const { definition, architecture, known } = inputs;
  const { store, file } = request;
  const root = posix.join(work, "root");
  mkdirSync(root, { mode: 0o755 });
  const { archives, npm } = await fill(root, request, inputs);
  const epoch = known?.epoch ?? epochOf(request.env);
  request.onStep("packing");
  const layerFile = posix.join(work, "layer.tar");
  const home = { path: `home/${definition.user.name}`, uid: definition.user.uid };
  const layer = packLayer({ root, target: layerFile, epoch, home });
  const { config, manifest } = imageDocuments({ definition, layer, epoch, architecture });
  const { digest } = manifest.descriptor;
  const image = { ref: definition.ref, digest };
  const debian = archives.map(({ locked }) => locked);
  const lock: Lock = { version: 1, definition: definitionDigest(definition), architecture, epoch, debian, npm, image };
  const before = known?.image?.digest;
  if (request.mode === "locked" && before !== digest) throw differs(before, digest);
  store.adoptBlob(layerFile, layer.digest);
  for (const blob of [config, manifest]) store.putBlob(blob);
  store.name(definition.ref, manifest.descriptor);
  const lockFile = besideDefinition(file, "lock.json");
  const sbomFile = besideDefinition(file, "spdx.json");
  replaceFile(lockFile, lockText(lock), 0o644);
  replaceFile(sbomFile, sbomText({ definition, lock, digest }), 0o644);
  const packages = debian.length + Object.keys(npm).filter((path) => path !== "").length;
  const built = { ref: definition.ref, digest, lockFile, sbomFile, packages, sizeBytes: layer.size };
  return before === undefined || before === digest ? built : { ...built, before };
}

async function fill(root: string, request: BuildRequest, { definition, known }: Inputs) {
  const { env, cacheDir, mode, onStep } = request;
  prepareRoot(root);
  onStep(known === undefined ? "finding packages" : "taking the packages of the lock file");
  const apt = new Apt({ definition, cacheDir, env, refresh: mode === "update" });
  const paths = known === undefined ? await apt.resolve() : await apt.locked(known.debian);
  const archives: Archive[] = [];
  for (const path of paths) archives.push(await readArchive(path, env));
  onStep(`unpacking ${archives.length} packages`);
  for (const archive of archives) await unpackArchive(archive, root, env);
  mergeUsr(root);
  if (definition.npm.length > 0) onStep(`installing ${definition.npm.join(", ")}`);
  const npm = await installNpm({ root, packages: definition.npm, locked: known?.npm, env });
  const status = archives.length === 0 ? "" : statusText(archives);
  finishRoot(root, definition, status);
  for (const one of definition.files) addFile(root, posix.dirname(request.file), one);
  return { archives, npm };
}

function addFile(root: string, folder: string, { path, from, sha256, mode }: Definition["files"][number]): void {
  const source = posix.resolve(folder, from);
  if (!existsSync(source)) throw new CordonError("image-invalid", `${printable(source)} isn't there`);
  const target = insideRoot(root, path);
  mkdirSync(posix.dirname(target), { recursive: true });
  rmSync(target, { force: true });
  copyFileSync(source, target);
  // Judged by the copy: what is in the image is what was looked at.
  const found = fileDigest(target);
  if (found !== sha256)
    throw new CordonError(
      "image-invalid",
      `${printable(source)} isn't what the definition says: its SHA-256 is ${found}`,
    );
  chmodSync(target, mode);
}

function knownLock(request: BuildRequest, definition: Definition, architecture: string): Lock | undefined {
  const path = besideDefinition(request.file, "lock.json");
  const missing = () => {
    if (request.mode !== "locked") return undefined;
    throw new CordonError("image-invalid", "there is no lock file for this definition as it stands now", {
      place: printable(path),
      hint: "build once without --locked",
    });
  };
  if (request.mode === "update" || !existsSync(path)) return missing();
  const lock = readLock(readFileSync(path, "utf8"), path);
  return isLockOf(lock, definition, architecture) ? lock : missing();
}

function differs(before: string | undefined, digest: string): CordonError {
  return new CordonError("image-changed", `this build gives ${digest}, the lock file says ${before ?? "nothing"}`, {
    hint: "a file of this host differs, or another version of Cordon built it; without --locked the lock is written anew",
  });
}

function epochOf(env: Environment): number {
  const given = env["SOURCE_DATE_EPOCH"];
  return given !== undefined && /^\d{1,11}$/.test(given) ? Number(given) : DEFAULT_EPOCH;
}

function readOwn(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CordonError("image-missing", `${printable(file)} can't be read`, {
      hint: "name the image's definition: cordon image build agent.yaml",
      cause: error,
    });
  }
}
