// Reads the first bytes of a client, however they are cut, until it is clear what they are: a whole TLS ClientHello, something else, or
// a hello that can't be relied on. Pure and incremental; it must never throw, keep more than 64 KiB, or take a doubtful hello for good.
// The caller keeps the bytes themselves: they are passed on, or parsed again by whoever opens the TLS.
import { type Hello, readHello } from "./hello-message.js";

export type HelloResult =
  | ({ readonly kind: "tls" } & Hello)
  | { readonly kind: "not-tls" }
  /** TLS or meant to be taken for it. `why`: half a sentence of our own words. */
  | { readonly kind: "malformed"; readonly why: string };

/** Of everything up to the hello's end, record headers included. */
export const MAX_HELLO_BYTES = 65536;

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const MAX_RECORD_BYTES = 16384;

export class ClientHelloReader {
  /** What isn't consumed of the current record's header. */
  #header = Buffer.alloc(RECORD_HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the current record that are still to come. */
  #left = 0;
  /** The handshake message so far, in a buffer that doubles. */
  #message = Buffer.alloc(1024);
  #messageBytes = 0;
  #consumed = 0;
  #result: HelloResult | undefined;

  /** Bytes that were read: once there is a hello, up to its end; what a chunk has beyond isn't looked at. */
  get consumed(): number {
    return this.#consumed;
  }

  /** The next bytes of the client. Once there is a result, it stays. */
  push(chunk: Uint8Array): "more" | HelloResult {
    let rest = chunk;
    while (this.#result === undefined && rest.length > 0) {
      const taken = this.#left > 0 ? this.#takePayload(rest) : this.#takeHeader(rest);
      this.#consumed += taken;
      rest = rest.subarray(taken);
      if (this.#result === undefined && this.#consumed >= MAX_HELLO_BYTES) this.#malformed("it is too long");
    }
    return this.#result ?? "more";
  }

  /** One byte at a time: each may settle what this is. */
  #takeHeader(bytes: Uint8Array): number {
    this.#header[this.#headerBytes++] = bytes[0] ?? 0;
    if (this.#consumed < RECORD_HEADER_BYTES) this.#judgeFirstBytes();
    if (this.#result === undefined && this.#headerBytes === RECORD_HEADER_BYTES) this.#beginRecord();
    return 1;
  }

  #judgeFirstBytes(): void {
    const [type, , third, fourth] = this.#header;
    if (type === HANDSHAKE || type === undefined) return;
    // An SSL 2 hello: a two-byte length with its highest bit set, the message type, a version. Some servers still take one.
    if (type < 0x80) this.#result = { kind: "not-tls" };
    else if (this.#headerBytes === 3 && third !== CLIENT_HELLO) this.#result = { kind: "not-tls" };
    else if (this.#headerBytes === 4) {
      if (fourth === 0 || fourth === 3) this.#malformed("it is in the form of SSL 2");
      else this.#result = { kind: "not-tls" };
    }
  }

  #beginRecord(): void {
    const length = this.#header.readUInt16BE(3);
    if (this.#header[0] !== HANDSHAKE) this.#malformed("another record stands within it");
    else if (this.#header[1] !== 3 || (this.#header[2] ?? 0) > 4) this.#malformed("its version is unknown");
    else if (length === 0 || length > MAX_RECORD_BYTES) this.#malformed("a record's length is out of range");
    this.#left = length;
    this.#headerBytes = 0;
  }

  #takePayload(bytes: Uint8Array): number {
    const part = bytes.subarray(0, Math.min(this.#left, MAX_HELLO_BYTES - this.#consumed));
    this.#append(part);
    this.#left -= part.length;
    this.#judgeMessage();
    return part.length;
  }

  #append(part: Uint8Array): void {
    const needed = this.#messageBytes + part.length;
    if (needed > this.#message.length) {
      const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(needed)));
      this.#message.copy(larger, 0, 0, this.#messageBytes);
      this.#message = larger;
    }
    this.#message.set(part, this.#messageBytes);
    this.#messageBytes = needed;
  }

  #judgeMessage(): void {
    if (this.#message[0] !== CLIENT_HELLO) this.#malformed("it begins with another message");
    else if (this.#messageBytes >= MESSAGE_HEADER_BYTES) this.#judgeLength();
  }

  #judgeLength(): void {
    const end = MESSAGE_HEADER_BYTES + this.#message.readUIntBE(1, 3);
    if (end > MAX_HELLO_BYTES) this.#malformed("it is too long");
    else if (this.#messageBytes + this.#left > end) this.#malformed("bytes follow it in its record");
    else if (this.#messageBytes === end) this.#finish(this.#message.subarray(MESSAGE_HEADER_BYTES, end));
  }

  #finish(body: Buffer): void {
    const reading = readHello(body);
    this.#result = reading.ok ? { kind: "tls", ...reading.hello } : { kind: "malformed", why: reading.why };
    this.#message = Buffer.alloc(0);
  }

  #malformed(why: string): void {
    this.#result = { kind: "malformed", why };
    this.#message = Buffer.alloc(0);
  }
}
