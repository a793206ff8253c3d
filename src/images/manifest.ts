// The three JSON documents of an OCI image: configuration, manifest and the index that names it. Pure; written in one canonical form,
// and read at a checked border.

import { canonicalJson, sha256 } from "../core/digest.js";
import { CordonError } from "../core/error.js";
import type { Definition } from "./definition.js";
import { isRecord } from "./lock.js";

export const TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  /** Not compressed: what a compressor makes differs between its versions. */
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

export const REF_NAME = "org.opencontainers.image.ref.name";
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Blob {
  readonly descriptor: Descriptor;
  readonly text: string;
}

export function blobOf(mediaType: string, value: unknown): Blob {
  return textBlob(mediaType, canonicalJson(value));
}

export function textBlob(mediaType: string, text: string): Blob {
  return { text, descriptor: { mediaType, digest: sha256(text), size: Buffer.byteLength(text) } };
}

export interface ImageParts {
  readonly definition: Definition;
  readonly layer: { readonly digest: string; readonly size: number };
  readonly epoch: number;
  /** As Debian calls it. */
  readonly architecture: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { i386: "386", armhf: "arm", ppc64el: "ppc64le" };

/** Configuration and manifest of an image with one layer. */
export function imageDocuments(parts: ImageParts): { readonly config: Blob; readonly manifest: Blob } {
  const { definition, layer, epoch, architecture } = parts;
  const { user, env, command } = definition;
  const created = new Date(epoch * 1000).toISOString().replace(".000", "");
  const variables = { PATH: DEFAULT_PATH, HOME: `/home/${user.name}`, ...env };
  const config = blobOf(TYPES.config, {
    architecture: ARCHITECTURES[architecture] ?? architecture,
    os: "linux",
    created,
    config: {
      User: `${user.uid}:${user.uid}`,
      WorkingDir: `/home/${user.name}`,
      Env: Object.entries(variables)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
      ...(command.length === 0 ? {} : { Cmd: command }),
    },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created, created_by: "cordon image build" }],
  });
  const manifest = blobOf(TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: config.descriptor,
    layers: [{ mediaType: TYPES.layer, ...layer }],
  });
  return { config, manifest };
}

export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export function readManifest(text: string): Manifest {
  const value = parseJson(text);
  const { config, layers } = isRecord(value) ? value : {};
  if (!isDescriptor(config) || !Array.isArray(layers) || !layers.every(isDescriptor)) throw damaged("manifest");
  return { config, layers };
}

export function readIndex(text: string): readonly Descriptor[] {
  const value = parseJson(text);
  const manifests = isRecord(value) ? value["manifests"] : undefined;
  if (!Array.isArray(manifests) || !manifests.every(isDescriptor)) throw damaged("index");
  return manifests;
}

export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly created: string;
}

export function readConfig(text: string): ImageConfig {
  const value = parseJson(text);
  const inner = isRecord(value) ? value["config"] : undefined;
  if (!isRecord(value) || !isRecord(inner)) throw damaged("configuration");
  const entries = Array.isArray(inner["Env"]) ? inner["Env"].map(String) : [];
  const env = Object.fromEntries(
    entries.map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)]),
  );
  return { env, created: typeof value["created"] === "string" ? value["created"] : "" };
}

export function indexText(manifests: readonly Descriptor[]): string {
  const name = (one: Descriptor) => one.annotations?.[REF_NAME] ?? "";
  const sorted = manifests.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
  return `${canonicalJson({ schemaVersion: 2, mediaType: TYPES.index, manifests: sorted })}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Checked border: SECURITY: a digest becomes a file's name.
function isDescriptor(value: unknown): value is Descriptor {
  return (
    isRecord(value) &&
    typeof value["mediaType"] === "string" &&
    typeof value["digest"] === "string" &&
    /^sha256:[0-9a-f]{64}$/.test(value["digest"]) &&
    Number.isSafeInteger(value["size"]) &&
    (value["annotations"] === undefined || isRecord(value["annotations"]))
  );
}

function damaged(what: string): CordonError {
  return new CordonError("image-changed", `the image's ${what} is damaged`, { hint: "build it again" });
}
