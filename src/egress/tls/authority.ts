// The run's own authority, which opens TLS where a rule says `inspect`. Its keys live in this process only and end with the run: they
// must never be written to a file, an event or an error. It is trusted inside of this one sandbox (trust.ts) and nowhere else.
import { generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { promisify } from "node:util";
import { authorityName } from "../../plan/authority-name.js";
import { authorityCertificate, type Signer, serverCertificate, type Validity } from "./certificate.js";
import { toPem } from "./pem.js";

const HOUR_MS = 3_600_000;
const LIFETIME_MS = 7 * 24 * HOUR_MS;
/** Clocks inside of a virtual machine may be behind. */
const EARLIER_MS = HOUR_MS;
const SERIAL_BYTES = 16;
const MAX_CONTEXTS = 512;
/** For TLS 1.2; those of 1.3 are all fit. The keys are elliptic, so nothing else could be agreed on anyway. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
].join(":");

export interface Authority {
  /** What is to be trusted inside. */
  readonly certificatePem: string;
  /** What a TLS server that stands for `host` (canonical) needs. */
  contextFor(host: string): SecureContext;
}

export interface AuthorityOptions {
  readonly now?: Date;
  /** How long it and its certificates hold: longer than the run. */
  readonly lifetimeMs?: number;
}

/** `name`: the run's. */
export async function createAuthority(name: string, options: AuthorityOptions = {}): Promise<Authority> {
  const [own, servers] = await Promise.all([newKeys(), newKeys()]);
  const now = (options.now ?? new Date()).getTime();
  const validity = {
    notBefore: new Date(now - EARLIER_MS),
    notAfter: new Date(now + (options.lifetimeMs ?? LIFETIME_MS)),
  };
  return new RunAuthority({ commonName: authorityName(name), ...own }, servers, validity);
}

interface Keys {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

async function newKeys(): Promise<Keys> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return { publicKey: publicKey.export({ type: "spki", format: "der" }), privateKey };
}

class RunAuthority implements Authority {
  readonly certificatePem: string;
  readonly #signer: Signer;
  /** One pair for all hosts: both ends of it are here, so that pairs of their own would part nothing. */
  readonly #serverKey: Uint8Array;
  readonly #serverKeyPem: string | Buffer;
  readonly #validity: Validity;
  /** In the order of their last use. */
  readonly #contexts = new Map<string, SecureContext>();

  constructor(signer: Signer, servers: Keys, validity: Validity) {
    this.#signer = signer;
    this.#serverKey = servers.publicKey;
    this.#serverKeyPem = servers.privateKey.export({ type: "pkcs8", format: "pem" });
    this.#validity = validity;
    this.certificatePem = toPem(authorityCertificate(signer, newSerial(), validity));
  }

  contextFor(host: string): SecureContext {
    const context = this.#contexts.get(host) ?? this.#newContext(host);
    this.#contexts.delete(host);
    this.#contexts.set(host, context);
    if (this.#contexts.size > MAX_CONTEXTS) {
      for (const oldest of this.#contexts.keys()) {
        this.#contexts.delete(oldest);
        break;
      }
    }
    return context;
  }

  #newContext(host: string): SecureContext {
    const request = { host, publicKey: this.#serverKey, serial: newSerial(), validity: this.#validity };
    return createSecureContext({
      key: this.#serverKeyPem,
      cert: toPem(serverCertificate(this.#signer, request)),
      // Clients show no certificates; without this Node would load every root that it knows.
      ca: this.certificatePem,
      minVersion: "TLSv1.2",
      ciphers: CIPHERS,
    });
  }
}

/** Random and positive; its first bit is never 0, so that it has all its bytes. */
function newSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}
