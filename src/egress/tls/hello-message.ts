// One complete ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2): what it asks for, or why it can't be relied on. Pure.
// SECURITY(T24): a hello that two readers could understand differently is refused: every length must add up, nothing may stand twice.
import { serverNameProblem } from "./server-name.js";

export interface Hello {
  /** As it was sent, of ordinary characters; the caller makes it canonical. Undefined: none was sent. */
  readonly sni?: string;
  /** Protocols offered, one character for each byte. */
  readonly alpn: readonly string[];
  /** Encrypted Client Hello is there, real or only for show (browsers always send one): `sni` may not be the name meant. */
  readonly ech: boolean;
}

export type HelloReading = { readonly ok: true; readonly hello: Hello } | { readonly ok: false; readonly why: string };

const SERVER_NAME = 0;
const ALPN = 16;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const HOST_NAME = 0;

/** `body` is the message without its four bytes of type and length. */
export function readHello(body: Buffer): HelloReading {
  try {
    return { ok: true, hello: helloOf(new Cursor(body)) };
  } catch (error) {
    // Nothing else is thrown; if it were, a refusal is the safe end of it.
    return { ok: false, why: error instanceof Malformed ? error.message : "it could not be read" };
  }
}

class Malformed extends Error {}

/** Reads forward over bytes; what isn't there is an error. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new Malformed("its lengths don't add up");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(bytes: 1 | 2): number {
    return this.take(bytes).readUIntBE(0, bytes);
  }

  /** A vector: its length in one or two bytes, then that many. */
  vector(lengthBytes: 1 | 2): Buffer {
    return this.take(this.number(lengthBytes));
  }

  end(): void {
    if (!this.isAtEnd) throw new Malformed("bytes are left over");
  }
}

function helloOf(cursor: Cursor): Hello {
  if (cursor.take(2)[0] !== 3) throw new Malformed("its version is unknown");
  cursor.take(RANDOM_BYTES);
  if (cursor.vector(1).length > MAX_SESSION_ID_BYTES) throw new Malformed("its session id is too long");
  const suites = cursor.vector(2).length;
  if (suites === 0 || suites % 2 !== 0) throw new Malformed("its list of ciphers is odd");
  if (cursor.vector(1).length === 0) throw new Malformed("it has no compression method");
  // Before TLS 1.2 there may be no extensions at all.
  if (cursor.isAtEnd) return { alpn: [], ech: false };
  const extensions = extensionsOf(cursor.vector(2));
  cursor.end();
  const [name, alpn] = [extensions.get(SERVER_NAME), extensions.get(ALPN)];
  return {
    ...(name === undefined ? {} : { sni: serverNameOf(name) }),
    alpn: alpn === undefined ? [] : protocolsOf(alpn),
    ech: extensions.has(ENCRYPTED_CLIENT_HELLO),
  };
}

function extensionsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const cursor = new Cursor(bytes);
  const found = new Map<number, Buffer>();
  while (!cursor.isAtEnd) {
    const type = cursor.number(2);
    if (found.has(type)) throw new Malformed("an extension stands twice");
    found.set(type, cursor.vector(2));
  }
  return found;
}

/** RFC 6066: a list, which has exactly one entry here. */
function serverNameOf(extension: Buffer): string {
  const outer = new Cursor(extension);
  const list = new Cursor(outer.vector(2));
  outer.end();
  if (list.number(1) !== HOST_NAME) throw new Malformed("the server name is of an unknown kind");
  const name = list.vector(2);
  if (!list.isAtEnd) throw new Malformed("there is more than one server name");
  const problem = serverNameProblem(name);
  if (problem !== undefined) throw new Malformed(problem);
  return name.toString("latin1");
}

/** RFC 7301. */
function protocolsOf(extension: Buffer): readonly string[] {
  const outer = new Cursor(extension);
  const list = new Cursor(outer.vector(2));
  outer.end();
  const protocols: string[] = [];
  do {
    const protocol = list.vector(1);
    if (protocol.length === 0) throw new Malformed("a protocol without a name is offered");
    protocols.push(protocol.toString("latin1"));
  } while (!list.isAtEnd);
  return protocols;
}
