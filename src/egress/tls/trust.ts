// The certificates that programs inside trust when the run opens TLS: the host's own and the run's authority, together in each form
// that a runtime reads. Pure: it makes texts and bytes; which files they become is the plan's (plan/resolve/trust). It must never read
// a key nor need one.
import { createHash } from "node:crypto";
import { certificatesIn } from "./pem.js";

/** One PEM text of several, each of which may lack the end of its last line. */
export function bundleText(texts: readonly string[]): string {
  return texts.map((text) => (text === "" || text.endsWith("\n") ? text : `${text}\n`)).join("");
}

export const JAVA_STORE_PASSWORD = "changeit";

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** Goes between the password and the bytes that are summed up; part of the format. */
const SALT = "Mighty Aphrodite";

/**
 * A Java key store (JKS) as every JVM reads it; `pems` with any number of certificates each. It holds nothing secret: its password is
 * the one that all the world uses, and only makes the check sum that Java insists on.
 */
export function javaTrustStore(pems: string | readonly string[]): Buffer {
  const certificates = distinct([pems].flat().flatMap(certificatesIn));
  const entries = certificates.map((der, index) =>
    Buffer.concat([
      u32(TRUSTED_CERTIFICATE),
      text(`cordon-${index}`),
      // When it was put in: 1970, which means nothing.
      Buffer.alloc(8),
      text("X.509"),
      u32(der.length),
      der,
    ]),
  );
  const store = Buffer.concat([u32(MAGIC), u32(VERSION), u32(entries.length), ...entries]);
  const sum = createHash("sha1")
    .update(Buffer.from(JAVA_STORE_PASSWORD, "utf16le").swap16())
    .update(SALT)
    .update(store)
    .digest();
  return Buffer.concat([store, sum]);
}

function distinct(certificates: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(certificates.map((der) => [der.toString("latin1"), der])).values()];
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Java's counted text; ASCII only here, for which its own UTF-8 is the ordinary one. */
function text(value: string): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value.length);
  return Buffer.concat([bytes, Buffer.from(value, "ascii")]);
}
