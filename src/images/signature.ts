// Signatures over an image's digest in cosign's form: a small JSON text that says what is signed, kept as a layer of an image of its own that
// bears the name `REPOSITORY:sha256-DIGEST.sig`. Registries, cosign and its kin understand it.
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { CordonError } from "../core/error.js";
import { isRecord } from "./lock.js";
import { blobOf, type Descriptor, TYPES, textBlob } from "./manifest.js";
import type { ImageStore, StoredImage } from "./store.js";

const SIGNED = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
const TYPE = "cosign container image signature";

export interface Signature {
  readonly payload: string;
  readonly signature: Buffer;
}

/** `localhost/agent` for `localhost/agent:latest`. */
export function repositoryOf(ref: string): string {
  return ref.replace(/:[^:/]+$/, "");
}

export function signatureRef({ ref, digest }: Pick<StoredImage, "ref" | "digest">): string {
  return `${repositoryOf(ref)}:${digest.replace(":", "-")}.sig`;
}

export function isSignatureRef(ref: string): boolean {
  return /:sha256-[0-9a-f]{64}\.sig$/.test(ref);
}

export function payloadOf({ ref, digest }: Pick<StoredImage, "ref" | "digest">): string {
  return JSON.stringify({
    critical: {
      identity: { "docker-reference": repositoryOf(ref) },
      image: { "docker-manifest-digest": digest },
      type: TYPE,
    },
    optional: null,
  });
}

export function publicKeyOf(pem: string): KeyObject {
  return usable(createPublicKey(pem));
}

export function privateKeyOf(pem: string, passphrase: string | undefined): KeyObject {
  return usable(createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) }));
}

/** SECURITY: the kinds that are compared here, and no weaker ones. */
function usable(key: KeyObject): KeyObject {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === "ed25519" || (key.asymmetricKeyType === "ec" && curve === "prime256v1")) return key;
  throw new CordonError("image-untrusted", "the key is neither ECDSA P-256 nor Ed25519");
}

function hashFor(key: KeyObject): "sha256" | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

export function signatureBy(key: KeyObject, image: Pick<StoredImage, "ref" | "digest">): Signature {
  const payload = payloadOf(image);
  return { payload, signature: sign(hashFor(key), Buffer.from(payload), key) };
}

/** Whether it was made with the key, and for this image under this name. */
export function verifies(
  { payload, signature }: Signature,
  image: Pick<StoredImage, "ref" | "digest">,
  key: KeyObject,
): boolean {
  try {
    if (!verify(hashFor(key), Buffer.from(payload), key, signature)) return false;
    const value: unknown = JSON.parse(payload);
    const critical = isRecord(value) ? value["critical"] : undefined;
    if (!isRecord(critical) || critical["type"] !== TYPE) return false;
    const { image: signed, identity } = critical;
    return (
      isRecord(signed) &&
      signed["docker-manifest-digest"] === image.digest &&
      isRecord(identity) &&
      identity["docker-reference"] === repositoryOf(image.ref)
    );
  } catch {
    return false;
  }
}

const MAX_SIGNATURES = 64;

export function signaturesOf(store: ImageStore, image: Pick<StoredImage, "ref" | "digest">): readonly Signature[] {
  const kept = store.find(signatureRef(image));
  return (kept?.manifest.layers ?? []).slice(0, MAX_SIGNATURES).flatMap((layer) => {
    const text = layer.annotations?.[SIGNATURE];
    if (layer.mediaType !== SIGNED || typeof text !== "string") return [];
    return [{ payload: store.readBlob(layer), signature: Buffer.from(text, "base64") }];
  });
}

/** Keeps one more signature beside those that are there. */
export function addSignature(store: ImageStore, image: Pick<StoredImage, "ref" | "digest">, made: Signature): void {
  const others = signaturesOf(store, image).filter(({ signature }) => !signature.equals(made.signature));
  const layers = [...others, made].map(({ payload, signature }): Descriptor => {
    const blob = textBlob(SIGNED, payload);
    store.putBlob(blob);
    return { ...blob.descriptor, annotations: { [SIGNATURE]: signature.toString("base64") } };
  });
  const config = blobOf(TYPES.config, {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = blobOf(TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: config.descriptor,
    layers,
  });
  for (const blob of [config, manifest]) store.putBlob(blob);
  store.name(signatureRef(image), manifest.descriptor);
}
