// The user's signing key, made at first use: `<audit.dir>/keys/audit.key` (0600), with the public key beside it. The private key never
// leaves this process. SECURITY(H20): opened without following links; a key that others could have read or put there isn't used.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { posix } from "node:path";
import { CordonError, errnoOf, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";
import { keyId, type SigningKey } from "./checkpoint.js";
import { hashOf } from "./format.js";
import { KEYS, privateFolder } from "./store.js";

const PRIVATE = "audit.key";
const MAX_KEY_BYTES = 8192;

/** The key to sign with; made when there is none. Several runs may come here at once: one key wins, for all of them. */
export function signingKey(dir: string): SigningKey {
  const folder = privateFolder(dir, KEYS);
  const file = posix.join(folder, PRIVATE);
  try {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) makeKey(folder, file);
    const key = parsed(readOwn(file));
    publish(folder, key.id);
    return key;
  } catch (error) {
    throw new CordonError("audit-failed", `the key that signs the record can't be used: ${messageOf(error)}`, {
      place: printable(file),
      cause: error,
    });
  }
}

/** By the digest of its text: a process that starts many runs reads the file each time, and parses it once. */
const PARSED = new Map<string, SigningKey>();

function parsed(text: string): SigningKey {
  const digest = hashOf(text);
  const known = PARSED.get(digest);
  if (known !== undefined) return known;
  const privateKey = createPrivateKey(text);
  const id = keyId(privateKey);
  if (id === undefined) throw new Error("it isn't an Ed25519 key");
  // Only the last: an older one is of no use.
  PARSED.clear();
  PARSED.set(digest, { privateKey, id });
  return { privateKey, id };
}

/** The ids of the public keys that the user has. One that was replaced stays known by its file. */
export function knownKeys(dir: string): readonly string[] {
  const folder = posix.join(dir, KEYS);
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^audit-[0-9a-f]{16}\.pub$/.test(name))
    .map((name) => readPublicKey(posix.join(folder, name)));
}

/** The id of the public key in a file (PEM). */
export function readPublicKey(file: string): string {
  try {
    const id = keyId(createPublicKey(readBounded(file, constants.O_RDONLY | constants.O_NONBLOCK)));
    if (id !== undefined) return id;
  } catch (error) {
    throw new CordonError("usage", `no public key can be read from it: ${messageOf(error)}`, {
      place: printable(file),
      cause: error,
    });
  }
  throw new CordonError("usage", "it isn't an Ed25519 key", { place: printable(file) });
}

/** The public key as a file holds it. */
export function publicKeyText(id: string): string {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: id }, format: "jwk" });
  return key.export({ type: "spki", format: "pem" }).toString();
}

export function publicKeyName(id: string): string {
  return `audit-${hashOf(id).slice(0, 16)}.pub`;
}

function makeKey(folder: string, file: string): void {
  const { privateKey } = generateKeyPairSync("ed25519");
  putFile(folder, file, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

function publish(folder: string, id: string): void {
  const file = posix.join(folder, publicKeyName(id));
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) putFile(folder, file, publicKeyText(id));
}

/** Written whole under a name of its own, then given its name, unless somebody was faster. */
function putFile(folder: string, file: string, text: string): void {
  const fresh = posix.join(folder, `.${randomBytes(8).toString("hex")}.new`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (writeSync(fd, text) !== Buffer.byteLength(text)) throw new Error("it couldn't be written whole");
    fsyncSync(fd);
    linkSync(fresh, file);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  } finally {
    closeSync(fd);
    unlinkSync(fresh);
  }
}

function readOwn(file: string): string {
  return readBounded(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK, (status) => {
    if (status.uid !== process.geteuid?.()) throw new Error("it belongs to another user");
    if ((status.mode & 0o077) !== 0) throw new Error("others may read it; chmod 600 makes it private");
  });
}

function readBounded(file: string, flags: number, check?: (status: Stats) => void): string {
  const fd = openSync(file, flags);
  try {
    const status = fstatSync(fd);
    if (!status.isFile() || status.size > MAX_KEY_BYTES) throw new Error("it isn't a key's file");
    check?.(status);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}
