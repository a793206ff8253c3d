// X.509 version 3 certificates (RFC 5280) of two kinds: the run's authority, and a server certificate for one host. It must never
// read a certificate, nor take a subject from one: what is certified is the canonical host that the policy was asked about.
import { createHash, type KeyObject, sign } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import { bits, boolean, octets, oid, sequence, set, tagged, time, unsigned, utf8 } from "./der.js";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SUBJECT_KEY = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const ALTERNATIVE_NAMES = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const AUTHORITY_KEY = "2.5.29.35";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
/** X.520 ends a common name there; a longer host stands in the alternative names only. */
const MAX_COMMON_NAME = 64;

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Public keys are given as SubjectPublicKeyInfo in DER, which takes long to make. */
export interface Signer {
  readonly commonName: string;
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** A self-signed authority, for server certificates directly below it and for nothing else. */
export function authorityCertificate(signer: Signer, serial: Uint8Array, validity: Validity): Buffer {
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(boolean(true), unsigned(Uint8Array.of(0))), true),
    // keyCertSign alone: it makes no revocation lists.
    extension(KEY_USAGE, bits(Uint8Array.of(0x04), 2), true),
    extension(SUBJECT_KEY, octets(keyIdentifier(signer.publicKey))),
  ];
  return signed(signer, { subject: signer.commonName, publicKey: signer.publicKey, serial, validity, extensions });
}

export interface ServerCertificate {
  /** A canonical name or address. */
  readonly host: string;
  readonly publicKey: Uint8Array;
  readonly serial: Uint8Array;
  readonly validity: Validity;
}

export function serverCertificate(signer: Signer, request: ServerCertificate): Buffer {
  const { host, publicKey, serial, validity } = request;
  const subject = host.length <= MAX_COMMON_NAME ? host : "Cordon";
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(), true),
    extension(KEY_USAGE, bits(Uint8Array.of(0x80), 7), true),
    extension(EXTENDED_KEY_USAGE, sequence(oid(SERVER_AUTHENTICATION))),
    extension(ALTERNATIVE_NAMES, sequence(alternativeName(host))),
    extension(SUBJECT_KEY, octets(keyIdentifier(publicKey))),
    extension(AUTHORITY_KEY, sequence(tagged(0, keyIdentifier(signer.publicKey), false))),
  ];
  return signed(signer, { subject, publicKey, serial, validity, extensions });
}

interface Contents {
  readonly subject: string;
  readonly publicKey: Uint8Array;
  readonly serial: Uint8Array;
  readonly validity: Validity;
  readonly extensions: readonly Buffer[];
}

function signed(signer: Signer, contents: Contents): Buffer {
  const { subject, publicKey, serial, validity, extensions } = contents;
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const body = sequence(
    tagged(0, unsigned(Uint8Array.of(2))),
    unsigned(serial),
    algorithm,
    nameOf(signer.commonName),
    sequence(time(validity.notBefore), time(validity.notAfter)),
    nameOf(subject),
    publicKey,
    tagged(3, sequence(...extensions)),
  );
  return sequence(body, algorithm, bits(sign("sha256", body, signer.privateKey)));
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid(COMMON_NAME), utf8(commonName))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** Any digest of the key will do (RFC 7093); both certificates only have to give the same one. */
function keyIdentifier(publicKey: Uint8Array): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20);
}

function alternativeName(host: string): Buffer {
  if (isIPv4(host)) return tagged(7, Uint8Array.from(host.split("."), Number), false);
  if (isIPv6(host)) return tagged(7, ipv6Bytes(host), false);
  // SECURITY(T25): nothing but an ordinary name is ever certified: no star, no NUL, no byte that a reader could take otherwise.
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(host)) throw new RangeError("not a canonical host");
  return tagged(2, Buffer.from(host, "latin1"), false);
}

/** The sixteen bytes of an address in its canonical text: hexadecimal groups, at most one `::`, no dotted end. */
function ipv6Bytes(address: string): Buffer {
  if (!/^[0-9a-f:]+$/.test(address)) throw new RangeError("not a canonical address");
  const [before = "", after] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [groups(before), groups(after ?? "")];
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0);
  return Buffer.from([...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff]));
}
