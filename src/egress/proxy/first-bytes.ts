// What a connection's first bytes are: TLS, an HTTP/1 request, HTTP/2 without TLS, or something else. Pure and bounded; it must never
// take bytes for raw that a web server would read as a request line, or a TLS server as a handshake, nor guess before that is clear.
import { ClientHelloReader } from "../tls/client-hello.js";

export type Protocol =
  /** `bytes`: the hello's length, its records' headers included. */
  | { readonly kind: "tls"; readonly sni: string | undefined; readonly bytes: number }
  | { readonly kind: "http" }
  /** HTTP/2 with prior knowledge. */
  | { readonly kind: "http2" }
  | { readonly kind: "raw" }
  | { readonly kind: "malformed"; readonly why: string };

/** Longer than any request line that the gate accepts. */
const MAX_LINE_BYTES = 16 * 1024;
const MAX_HELLO_BYTES = 128 * 1024;
const TLS_HANDSHAKE = 0x16;
const TLS_CHANGE_CIPHER_SPEC = 0x14;
const CLIENT_HELLO = 1;
/** The highest first byte of an SSL 2 record that servers take: they read no longer one than a TLS record is. */
const MAX_SSL2_FIRST = 0xc1;

// What lenient servers take for white space, for a line's end and for empty lines before a request counts here, too.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
const BEFORE = /^[\r\n]+/;
const MAY_BE_METHOD = new RegExp(`^${TOKEN}{0,64}$`);
const MAY_BE_REQUEST = new RegExp(`^${TOKEN}{1,64}[ \\t\\v\\f][^\\x00-\\x08\\n\\r\\x0e-\\x1f\\x7f]*$`);
const REQUEST = new RegExp(`^${TOKEN}{1,64}[ \\t\\v\\f].*[ \\t\\v\\f]HTTP/\\d`, "i");

/** What the start of a connection is as far as lines go; undefined: more bytes are needed. */
export function readLine(text: string): Protocol | undefined {
  const start = text.replace(BEFORE, "");
  const end = start.search(/[\r\n]/);
  const line = end === -1 ? start : start.slice(0, end);
  if (end === -1) {
    if (!MAY_BE_METHOD.test(line) && !MAY_BE_REQUEST.test(line)) return { kind: "raw" };
    if (text.length > MAX_LINE_BYTES) return { kind: "malformed", why: "the first line is too long" };
    return undefined;
  }
  if (!MAY_BE_REQUEST.test(line) || !REQUEST.test(line)) return { kind: "raw" };
  return /^PRI[ \t\v\f]+\*/i.test(line) ? { kind: "http2" } : { kind: "http" };
}

/**
 * What TLS servers read as a handshake though it doesn't begin with a handshake record, by up to four first bytes. Refused on every port:
 * the form of SSL 2 names no host, and what follows a stray record isn't looked at by anybody here.
 */
function oddHello(head: Buffer): "more" | "no" | { readonly why: string } {
  const [first = 0, second, third, fourth] = head;
  if (first === TLS_CHANGE_CIPHER_SPEC) {
    if (second === undefined) return "more";
    return second === 3 ? { why: "it begins like TLS and isn't" } : "no";
  }
  if (first < 0x80 || first > MAX_SSL2_FIRST) return "no";
  if (third === undefined) return "more";
  if (third !== CLIENT_HELLO) return "no";
  if (fourth === undefined) return "more";
  return fourth === 3 || fourth === 0 ? { why: "its TLS hello is in the form of SSL 2" } : "no";
}

/** Takes chunks until the protocol is known. */
export class FirstBytes {
  readonly #hello = new ClientHelloReader();
  #text = "";
  #size = 0;
  #tls: boolean | undefined;

  get size(): number {
    return this.#size;
  }

  push(chunk: Buffer): Protocol | undefined {
    const [first] = chunk;
    if (first === undefined) return undefined;
    this.#tls ??= first === TLS_HANDSHAKE;
    this.#size += chunk.length;
    return this.#tls ? this.#pushHello(chunk) : this.#pushOther(chunk);
  }

  /** The client sends no more: what came is all there is. */
  end(): Protocol {
    if (this.#tls === true) return { kind: "malformed", why: "it ended inside a TLS hello" };
    return { kind: "raw" };
  }

  #pushHello(chunk: Buffer): Protocol | undefined {
    const read = this.#hello.push(chunk);
    if (read === "more") {
      return this.#size > MAX_HELLO_BYTES ? { kind: "malformed", why: "the TLS hello is too long" } : undefined;
    }
    switch (read.kind) {
      case "tls":
        return { kind: "tls", sni: read.sni, bytes: this.#hello.consumed };
      case "malformed":
        return { kind: "malformed", why: read.why };
      default:
        // It began as a handshake record: nothing that is meant as anything else.
        return { kind: "malformed", why: "it begins like TLS and isn't" };
    }
  }

  #pushOther(chunk: Buffer): Protocol | undefined {
    this.#text += chunk.toString("latin1", 0, MAX_LINE_BYTES + 1);
    const odd = oddHello(Buffer.from(this.#text.slice(0, 4), "latin1"));
    if (odd === "more") return undefined;
    return odd === "no" ? readLine(this.#text) : { kind: "malformed", why: odd.why };
  }
}
