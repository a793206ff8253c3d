// Two HTTP/2 streams on one connection, written by hand for printf(1): the first asks the right host, the second another one. Pure.
import { NONCE_BYTES } from "./hello.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = 4;
const HEADERS = 1;
const END_STREAM_AND_HEADERS = 5;
/** In HPACK's static table (RFC 7541, A). */
const [AUTHORITY, METHOD_GET, PATH, SCHEME_HTTPS] = [1, 0x82, 4, 0x87];

export function twoStreams(first: string, second: string): string {
  return [
    octal(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0, 0)])),
    request(1, first, "/public/first"),
    request(3, second, "/public/", true),
  ].join("");
}

/** `marked`: its path ends in the attempt's mark. */
function request(stream: number, authority: string, path: string, marked = false): string {
  const pathBytes = path.length + (marked ? NONCE_BYTES : 0);
  const head = Buffer.concat([
    Buffer.of(METHOD_GET, SCHEME_HTTPS, AUTHORITY, authority.length),
    Buffer.from(authority),
    Buffer.of(PATH, pathBytes),
    Buffer.from(path),
  ]);
  const size = head.length + (marked ? NONCE_BYTES : 0);
  return octal(frame(HEADERS, END_STREAM_AND_HEADERS, stream, size)) + octal(head) + (marked ? "$NONCE" : "");
}

function frame(type: number, flags: number, stream: number, size: number): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(size, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return header;
}

/** The one form of bytes that printf(1) has everywhere. */
function octal(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
