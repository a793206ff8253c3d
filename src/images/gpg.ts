// A copy of an image for container tools that check signatures by policy.json: a folder in the `dir:` form, a GPG signature in the form of
// containers-signature(5), the public key and a policy that takes nothing else.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { type Environment, runProgram } from "./builder/program.js";
import type { ImageStore, StoredImage } from "./store.js";

export interface GpgRequest {
  readonly store: ImageStore;
  readonly image: StoredImage;
  /** As gpg takes it: a fingerprint, a mail address. */
  readonly key: string;
  /** It must not exist. */
  readonly folder: string;
  readonly env: Environment;
}

export async function exportSigned({ store, image, key, folder, env }: GpgRequest): Promise<void> {
  if (!/^[A-Za-z0-9@._+ -]+$/.test(key) || key.startsWith("-"))
    throw new CordonError("usage", "a GPG key is named by its fingerprint or address", { place: "--gpg" });
  const target = posix.join(folder, "image");
  makeFolder(folder);
  mkdirSync(target);
  const gpg = (...words: string[]) =>
    runProgram(["gpg", "--batch", "--yes", ...words], { cwd: folder, env, from: "gpg" });
  const found = store.names().find(({ ref }) => ref === image.ref);
  if (found === undefined) throw new CordonError("image-missing", `${image.ref} is gone`);
  writeFileSync(posix.join(target, "version"), "Directory Transport Version: 1.1\n");
  writeFileSync(posix.join(target, "manifest.json"), store.readBlob(found));
  for (const { digest } of [image.manifest.config, ...image.manifest.layers])
    copyFileSync(store.blobPath(digest), posix.join(target, digest.replace("sha256:", "")));
  const payload = posix.join(folder, "payload.json");
  writeFileSync(payload, gpgPayload(image));
  await gpg("--local-user", key, "--output", posix.join(target, "signature-1"), "--sign", payload);
  await gpg("--output", posix.join(folder, "key.gpg"), "--export", key);
  writeFileSync(posix.join(folder, "policy.json"), gpgPolicy(image.ref, posix.join(folder, "key.gpg")));
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    throw new CordonError("image-failed", "the folder can't be made; it must be a new one", {
      place: printable(folder),
      cause: error,
    });
  }
}

export function gpgPayload({ ref, digest }: Pick<StoredImage, "ref" | "digest">): string {
  return JSON.stringify({
    critical: {
      type: "atomic container signature",
      image: { "docker-manifest-digest": digest },
      identity: { "docker-reference": ref },
    },
    optional: { creator: "cordon" },
  });
}

/** Everything is refused but copies in folders that carry the signature for this very name. */
export function gpgPolicy(ref: string, keyPath: string): string {
  const rule = {
    type: "signedBy",
    keyType: "GPGKeys",
    keyPath,
    signedIdentity: { type: "exactReference", dockerReference: ref },
  };
  return `${JSON.stringify({ default: [{ type: "reject" }], transports: { dir: { "": [rule] } } }, null, 2)}\n`;
}
