// Signing checkpoints and checking their signatures. The signed text begins with what it is, so that no signature made for anything
// else can stand here.
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Checkpoint, checkpointHead, checkpointLine, type Line } from "./format.js";

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The public half, 32 bytes in base64url. */
  readonly id: string;
}

const DOMAIN = "cordon audit checkpoint v1\n";

function messageOf(checkpoint: Checkpoint): Buffer {
  return Buffer.from(DOMAIN + checkpointHead(checkpoint));
}

/** The checkpoint's line, without its newline. */
export function signCheckpoint(checkpoint: Omit<Checkpoint, "key">, key: SigningKey): Buffer {
  const whole = { ...checkpoint, key: key.id };
  return checkpointLine(whole, sign(null, messageOf(whole), key.privateKey).toString("base64url"));
}

export type SignatureState = "good" | "bad" | "unknown-key";

/** Checks signatures by a set of public keys (ids) that are believed. */
export class SignatureChecker {
  readonly #keys = new Map<string, KeyObject>();

  constructor(ids: Iterable<string>) {
    for (const id of ids) this.#keys.set(id, publicKeyOf(id));
  }

  get empty(): boolean {
    return this.#keys.size === 0;
  }

  check({ checkpoint, signature }: Extract<Line, { kind: "checkpoint" }>): SignatureState {
    const key = this.#keys.get(checkpoint.key);
    if (key === undefined) return "unknown-key";
    return verify(null, messageOf(checkpoint), key, Buffer.from(signature, "base64url")) ? "good" : "bad";
  }
}

function publicKeyOf(id: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: id }, format: "jwk" });
}

/** The id of an Ed25519 key, or undefined for a key of another kind. */
export function keyId(key: KeyObject): string | undefined {
  const { x } = key.asymmetricKeyType === "ed25519" ? createPublicKeyOf(key).export({ format: "jwk" }) : {};
  return x;
}

function createPublicKeyOf(key: KeyObject): KeyObject {
  return key.type === "private" ? createPublicKey(key) : key;
}
