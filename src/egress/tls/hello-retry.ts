// A server may ask a TLS 1.3 client for a second hello (RFC 8446 4.1.4), and OpenSSL's servers then go by the name in that one. So who
// lets TLS through by its first hello must look at the second, too. Pure and bounded; it must never throw.
// SECURITY(T24): a client can force a retry by offering no fitting key, name an allowed host first and another one then.
import { createHash } from "node:crypto";
import { ClientHelloReader } from "./client-hello.js";

const HANDSHAKE = 0x16;
const CHANGE_CIPHER_SPEC = 0x14;
const SERVER_HELLO = 2;
const RECORD_HEADER_BYTES = 5;
const RANDOM_AT = 6;
const RANDOM_BYTES = 32;
/** Of a server: more than a hello's beginning takes, in records of one byte each. */
const MAX_BYTES = 1024;
/** By which a ServerHello says that it is a request to try again. */
const RETRY = createHash("sha256").update("HelloRetryRequest").digest();
/** What clients send before their second hello for the sake of old middle boxes. */
const CHANGE_RECORD = Buffer.from("140303000101", "hex");

/** Whether a server's first bytes are such a request. Client bytes must wait until it is known. */
export class ServerAnswer {
  #bytes = Buffer.alloc(0);

  push(chunk: Uint8Array): "more" | "retry" | "other" {
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, MAX_BYTES - this.#bytes.length)]);
    const message = handshakeBytes(this.#bytes);
    if (message === undefined) return "other";
    if (message.length > 0 && message[0] !== SERVER_HELLO) return "other";
    if (message.length < RANDOM_AT + RANDOM_BYTES) return this.#bytes.length < MAX_BYTES ? "more" : "other";
    return message.subarray(RANDOM_AT, RANDOM_AT + RANDOM_BYTES).equals(RETRY) ? "retry" : "other";
  }
}

/** The beginning of the first message, as much of it as is there; undefined when another kind of record stands before its random ends. */
function handshakeBytes(bytes: Buffer): Buffer | undefined {
  let message = Buffer.alloc(0);
  for (let at = 0; at < bytes.length && message.length < RANDOM_AT + RANDOM_BYTES; ) {
    if (bytes[at] !== HANDSHAKE) return undefined;
    if (at + RECORD_HEADER_BYTES > bytes.length) break;
    const next = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    message = Buffer.concat([message, bytes.subarray(at + RECORD_HEADER_BYTES, next)]);
    at = next;
  }
  return message;
}

/** What a client sends after a retry was asked for: a hello with the same name, or a reason to end the connection. */
export class SecondHello {
  readonly #sni: string | undefined;
  readonly #hello = new ClientHelloReader();
  #before = Buffer.alloc(0);
  #begun = false;

  /** `sni` of the first hello, as it was sent. */
  constructor(sni: string | undefined) {
    this.#sni = sni;
  }

  push(chunk: Uint8Array): "more" | "same" | { readonly why: string } {
    const rest = this.#begun ? chunk : this.#skip(chunk);
    if (rest === undefined) return { why: "it goes on with something else than a second hello" };
    const read = this.#hello.push(rest);
    if (read === "more") return "more";
    if (read.kind !== "tls") return { why: read.kind === "malformed" ? read.why : "its second hello isn't one" };
    return read.sni === this.#sni ? "same" : { why: "its second hello names another host" };
  }

  /** What follows the one record that may stand before; undefined when that is another. */
  #skip(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.concat([this.#before, chunk]);
    if (bytes.length === 0) return bytes;
    if (bytes[0] !== CHANGE_CIPHER_SPEC) {
      this.#begun = true;
      return bytes;
    }
    const length = Math.min(bytes.length, CHANGE_RECORD.length);
    if (!bytes.subarray(0, length).equals(CHANGE_RECORD.subarray(0, length))) return undefined;
    this.#begun = length === CHANGE_RECORD.length;
    this.#before = this.#begun ? Buffer.alloc(0) : bytes;
    return bytes.subarray(CHANGE_RECORD.length);
  }
}
