// TLS hellos as an attacker writes them by hand: whole enough for whoever looks for a server name, and never a handshake that could work.
// As text for cordon-prober: \xNN, and the attempt's own mark as the shell's $NONCE. Pure.

/** `mark-` and 18 hex digits (stage/world.ts). */
export const NONCE_BYTES = 23;

type Piece = Buffer | "nonce";

export interface Extension {
  readonly type: number;
  readonly body: readonly Piece[];
}

const SERVER_NAME = 0;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
const SESSION_TICKET = 35;
/** Nobody's: whoever doesn't know an extension passes it over (RFC 8446 4.1.2). */
const UNKNOWN = 0x5a5a;

export const mark: Extension = { type: UNKNOWN, body: ["nonce"] };

export function serverName(...names: readonly string[]): Extension {
  const list = Buffer.concat(
    names.flatMap((name) => [Buffer.of(0), number(name.length, 2), Buffer.from(name, "latin1")]),
  );
  return { type: SERVER_NAME, body: [number(list.length, 2), list] };
}

/** Encrypted Client Hello of the outer kind, with bytes that nobody can decrypt. */
export const encryptedHello: Extension = {
  type: ENCRYPTED_CLIENT_HELLO,
  // Outer, HKDF-SHA256 with AES-128-GCM, configuration 0, no key, four bytes.
  body: [Buffer.from("00000100010000000004deadbeef", "hex")],
};

/** Of an earlier session under whatever name. */
export const ticket: Extension = { type: SESSION_TICKET, body: [Buffer.alloc(32, 7)] };

/** The message, without records around it. */
export function helloMessage(...extensions: readonly Extension[]): readonly Piece[] {
  const list = extensions.flatMap(({ type, body }) => [number(type, 2), number(sizeOf(body), 2), ...body]);
  const head = Buffer.from(`0303${"ab".repeat(32)}00000213010100`, "hex");
  const body: readonly Piece[] = [head, number(sizeOf(list), 2), ...list];
  return [Buffer.of(1), number(sizeOf(body), 3), ...body];
}

/** In one record, or in two, of which the first has so many bytes of the message. */
export function inRecords(message: readonly Piece[], firstBytes?: number): string {
  if (firstBytes === undefined) return escaped(record(message));
  const [start, rest] = cut(message, firstBytes);
  return escaped([...record(start), ...record(rest)]);
}

/** As SSL 2 clients began. Some servers still take it. */
export function oldHello(): string {
  const body: readonly Piece[] = [
    Buffer.from(`010303000300${number(NONCE_BYTES + 1, 1).toString("hex")}0010000035`, "hex"),
    Buffer.of(0),
    "nonce",
    Buffer.alloc(16, 1),
  ];
  return escaped([number(0x8000 | sizeOf(body), 2), ...body]);
}

/** What a server answers that wants another hello (RFC 8446 4.1.4). */
export function retryRequest(): Buffer {
  const random = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
  const extensions = "002b00020304003300020017";
  const body = Buffer.from(
    `0303${random}00130100${(extensions.length / 2).toString(16).padStart(4, "0")}${extensions}`,
    "hex",
  );
  const message = Buffer.concat([Buffer.of(2), number(body.length, 3), body]);
  return Buffer.concat([Buffer.from("160303", "hex"), number(message.length, 2), message]);
}

function record(pieces: readonly Piece[]): readonly Piece[] {
  return [Buffer.from("160301", "hex"), number(sizeOf(pieces), 2), ...pieces];
}

function cut(pieces: readonly Piece[], bytes: number): readonly [readonly Piece[], readonly Piece[]] {
  const fixed = pieces.indexOf("nonce");
  const whole = Buffer.concat(pieces.slice(0, fixed).filter((piece) => piece !== "nonce"));
  return [[whole.subarray(0, bytes)], [whole.subarray(bytes), ...pieces.slice(fixed)]];
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (piece === "nonce" ? NONCE_BYTES : piece.length), 0);
}

function number(value: number, bytes: 1 | 2 | 3): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

function escaped(pieces: readonly Piece[]): string {
  const hex = (bytes: Buffer) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return pieces.map((piece) => (piece === "nonce" ? "$NONCE" : hex(piece))).join("");
}
