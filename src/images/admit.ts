// The check before each run with an image: found, pinned, signed, unpacked and unchanged; in this order, and nothing is unpacked of an
// image that isn't admitted.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import type { SystemImage } from "../plan/resolve/planning.js";
import { type AskedImage, refusalOfImage } from "./decide.js";
import { readConfig } from "./manifest.js";
import { publicKeyOf, signaturesOf, verifies } from "./signature.js";
import { ImageStore, type StoredImage } from "./store.js";
import { imageTree } from "./tree.js";

export function admitImage(asked: AskedImage | undefined, stateDir: string): SystemImage {
  const store = new ImageStore(stateDir);
  const found = asked === undefined ? undefined : store.find(asked.ref);
  const signatures = found === undefined ? { count: 0, verified: false } : judged(store, found, asked?.verify?.key);
  const refusal = refusalOfImage(asked, { digest: found?.digest, signatures });
  if (refusal !== undefined) throw refusal;
  if (found === undefined) throw new CordonError("internal", "an image was admitted that isn't there");
  const { env } = readConfig(store.readBlob(found.manifest.config));
  return { ref: found.ref, digest: found.digest, root: imageTree(store, found), env };
}

/** A key that can't be read verifies nothing: that is said as what it is. */
function judged(store: ImageStore, image: StoredImage, keyFile: string | undefined) {
  const signatures = signaturesOf(store, image);
  const key = keyFile === undefined || signatures.length === 0 ? undefined : readPublicKey(keyFile);
  const verified = key !== undefined && signatures.some((one) => verifies(one, image, key));
  return { count: signatures.length, verified };
}

export function readPublicKey(file: string) {
  try {
    return publicKeyOf(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CordonError("image-untrusted", `the key ${printable(posix.basename(file))} can't be used`, {
      place: printable(file),
      hint: "it must be a public key in PEM form: ECDSA P-256 (as cosign.pub) or Ed25519",
      cause: error,
    });
  }
}
