// The lock file beside a definition: every package with its exact version and digest, and the image they became. Two builds
// from one lock give one digest. Pure; who reads or writes the file is `builder/`.

import { canonicalJson, sha256 } from "../core/digest.js";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import type { Definition } from "./definition.js";

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** What the archive calls it. */
  readonly file: string;
}

export interface Lock {
  readonly version: 1;
  /** Of the definition that it was made for. */
  readonly definition: string;
  readonly architecture: string;
  /** Seconds; the time of everything in the image. */
  readonly epoch: number;
  readonly debian: readonly LockedPackage[];
  /** `packages` of npm's own lock file, without addresses. */
  readonly npm: Readonly<Record<string, unknown>>;
  readonly image?: { readonly ref: string; readonly digest: string };
}

/** The first moment that every archive format can hold. */
export const DEFAULT_EPOCH = 315_532_800;

export function definitionDigest(definition: Definition): string {
  return sha256(canonicalJson(definition));
}

export function lockText(lock: Lock): string {
  const { image, ...rest } = lock;
  return `${JSON.stringify({ ...rest, ...(image === undefined ? {} : { image }) }, null, 2)}\n`;
}

/** Whether a lock still says what its definition asks for. */
export function isLockOf(lock: Lock, definition: Definition, architecture: string): boolean {
  return lock.definition === definitionDigest(definition) && lock.architecture === architecture;
}

export function readLock(text: string, file: string): Lock {
  const value = parsed(text, file);
  if (isLock(value)) return value;
  throw invalid(file, "isn't a lock file of this version");
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(file, "isn't JSON");
  }
}

function invalid(file: string, message: string): CordonError {
  return new CordonError("image-invalid", `the lock file ${message}`, {
    place: printable(file),
    hint: "remove it, and the next build writes it anew",
  });
}

// Checked border: each member that is used is looked at.
function isLock(value: unknown): value is Lock {
  if (!isRecord(value) || value["version"] !== 1) return false;
  const { definition, architecture, epoch, debian, npm, image } = value;
  return (
    typeof definition === "string" &&
    typeof architecture === "string" &&
    Number.isSafeInteger(epoch) &&
    Array.isArray(debian) &&
    debian.every(isPackage) &&
    isRecord(npm) &&
    (image === undefined ||
      (isRecord(image) && typeof image["ref"] === "string" && /^sha256:[0-9a-f]{64}$/.test(String(image["digest"]))))
  );
}

/** SECURITY: names and versions become words of a command line and names of files. */
function isPackage(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, version, architecture, sha256: digest, file } = value;
  return (
    /^[a-z0-9][a-z0-9+.-]+$/.test(String(name)) &&
    /^[A-Za-z0-9.+:~-]+$/.test(String(version)) &&
    /^[a-z0-9]+$/.test(String(architecture)) &&
    /^[0-9a-f]{64}$/.test(String(digest)) &&
    /^[a-z0-9][A-Za-z0-9._+~%-]+\.deb$/.test(String(file))
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
