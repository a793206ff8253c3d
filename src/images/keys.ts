// Key files for signing images: PKCS#8 and SPKI in PEM form, as openssl and cosign write and read them. A private key that others can read
// isn't used.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { CordonError, errnoOf, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { privateKeyOf } from "./signature.js";

export interface KeyRequest {
  readonly file: string;
  /** The private key is or becomes encrypted with it. */
  readonly passphrase: string | undefined;
}

/** `cosign.pub` for `cosign.key`. */
export function publicFileOf(file: string): string {
  return `${file.replace(/\.(?:key|pem)$/, "")}.pub`;
}

/** A new ECDSA P-256 pair; neither file may be there. Gives the public one's path. */
export function makeKeyPair({ file, passphrase }: KeyRequest): string {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  const publicFile = publicFileOf(file);
  try {
    const privateText = pair.privateKey.export({ type: "pkcs8", format: "pem", ...cipher });
    writeFileSync(file, privateText, { flag: "wx", mode: 0o600 });
    writeFileSync(publicFile, pair.publicKey.export({ type: "spki", format: "pem" }), { flag: "wx", mode: 0o644 });
  } catch (error) {
    const why = errnoOf(error) === "EEXIST" ? "a key file is there already" : messageOf(error);
    throw new CordonError("image-failed", `no key pair was made: ${printable(why)}`, {
      place: printable(file),
      hint: "choose another name, or leave out --new-key to sign with that one",
    });
  }
  return publicFile;
}

export function readPrivateKey({ file, passphrase }: KeyRequest): KeyObject {
  const fd = opened(file);
  try {
    // SECURITY: who else can read it can sign as well.
    if ((fstatSync(fd).mode & 0o077) !== 0)
      throw new CordonError("image-untrusted", "others can read this key", {
        place: printable(file),
        hint: `chmod 600 ${printable(file)}, and think about who may have read it`,
      });
    return parsed(readFileSync(fd, "utf8"), { file, passphrase });
  } finally {
    closeSync(fd);
  }
}

function opened(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY);
  } catch (error) {
    throw new CordonError("image-missing", "the key can't be read", {
      place: printable(file),
      hint: "--new-key makes one",
      cause: error,
    });
  }
}

function parsed(pem: string, { file, passphrase }: KeyRequest): KeyObject {
  try {
    return privateKeyOf(pem, passphrase);
  } catch (error) {
    const sigstore = /ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY/.test(pem);
    throw new CordonError("image-untrusted", "the key can't be used", {
      place: printable(file),
      hint: sigstore
        ? "cosign's own encrypted form isn't read; make the key with openssl and cosign import-key-pair"
        : "ECDSA P-256 or Ed25519, PKCS#8 in PEM form; its passphrase in CORDON_KEY_PASSPHRASE",
      cause: error,
    });
  }
}
