// What the run's authority is called, and the file name under which OpenSSL looks for it in a folder of certificates. Pure, and no
// more than the run's name goes into it, so that planning can name the file before the authority exists.
import { loadCrypto } from "../core/crypto.js";

/** X.520 ends a common name there. */
const MAX_LENGTH = 64;

/** The common name: printable ASCII without doubled blanks, whatever the run is called. */
export function authorityName(run: string): string {
  const plain = run.replace(/[^A-Za-z0-9._-]+/g, " ").trim();
  return `Cordon run ${plain}`.slice(0, MAX_LENGTH).trim();
}

/**
 * The eight digits before `.0` in a hashed folder: OpenSSL's X509_NAME_hash of a name that is nothing but this common name. SHA-1 is
 * no protection here, only the index that OpenSSL asks for.
 */
export function subjectHash(commonName: string): string {
  // OpenSSL hashes a canonical form: UTF-8, lower case, one blank between words, no sequence around the name.
  const value = Buffer.from(commonName.trim().replace(/\s+/g, " ").toLowerCase(), "latin1");
  if (value.length > MAX_LENGTH) throw new RangeError("a common name of more than 64 bytes");
  const attribute = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, value.length, ...value]);
  const name = Buffer.from([0x31, attribute.length + 2, 0x30, attribute.length, ...attribute]);
  return loadCrypto().createHash("sha1").update(name).digest().readUInt32LE(0).toString(16).padStart(8, "0");
}
