// Messages of D-Bus (the specification's "Message Protocol", little endian), as far as a client needs them that calls methods and reads
// what they return. Pure.

const CALL = 1;
const RETURN = 2;
const FAILURE = 3;
const MAX_BYTES = 1024 * 1024;
const FIELD = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, signature: 8 } as const;

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: Buffer;
}

export interface Reply {
  readonly to: number;
  readonly failed: boolean;
  readonly body: Buffer;
}

/** Every value stands at a multiple of its own size from the message's (here: the body's) beginning. */
export class Writer {
  #bytes: Buffer = Buffer.alloc(0);

  align(to: number): this {
    return this.#add(Buffer.alloc((to - (this.#bytes.length % to)) % to));
  }

  byte(value: number): this {
    return this.#add(Buffer.from([value]));
  }

  uint32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.align(4).#add(bytes);
  }

  /** Also an object's path. */
  string(value: string): this {
    const bytes = Buffer.from(value, "utf8");
    return this.uint32(bytes.length).#add(bytes).byte(0);
  }

  signature(value: string): this {
    return this.byte(value.length).#add(Buffer.from(value, "latin1")).byte(0);
  }

  /** `alignment` of its entries; its length doesn't count what is between. */
  array(alignment: number, entries: (writer: Writer) => void): this {
    this.uint32(0);
    const at = this.#bytes.length - 4;
    this.align(alignment);
    const begin = this.#bytes.length;
    entries(this);
    this.#bytes.writeUInt32LE(this.#bytes.length - begin, at);
    return this;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  #add(bytes: Buffer): this {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    return this;
  }
}

export function callBytes(call: Call, serial: number): Buffer {
  const { body = Buffer.alloc(0) } = call;
  const writer = new Writer();
  for (const byte of [0x6c, CALL, 0, 1]) writer.byte(byte);
  writer.uint32(body.length).uint32(serial);
  const field = (each: Writer, code: number, type: string, value: string) => {
    each.align(8).byte(code).signature(type);
    if (type === "g") each.signature(value);
    else each.string(value);
  };
  writer.array(8, (each) => {
    field(each, FIELD.path, "o", call.path);
    field(each, FIELD.interface, "s", call.interface);
    field(each, FIELD.member, "s", call.member);
    field(each, FIELD.destination, "s", call.destination);
    if (call.signature !== undefined) field(each, FIELD.signature, "g", call.signature);
  });
  return Buffer.concat([writer.align(8).bytes, body]);
}

/** Reads in order; throws where something isn't there. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  align(to: number): this {
    this.#at += (to - (this.#at % to)) % to;
    return this;
  }

  byte(): number {
    this.#at += 1;
    return this.#bytes.readUInt8(this.#at - 1);
  }

  uint32(): number {
    this.align(4);
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError("the message ends before");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  string(): string {
    const text = this.bytes(this.uint32()).toString("utf8");
    this.byte();
    return text;
  }

  signature(): string {
    const text = this.bytes(this.byte()).toString("latin1");
    this.byte();
    return text;
  }

  strings(): readonly string[] {
    const length = this.uint32();
    const end = this.align(4).#at + length;
    const found: string[] = [];
    while (this.#at < end) found.push(this.string());
    return found;
  }

  /** One of the simple kinds. */
  variant(): string | number {
    const type = this.signature();
    if (type === "s" || type === "o") return this.string();
    if (type === "g") return this.signature();
    if (type === "u") return this.uint32();
    throw new RangeError(`a value of the type ${type} wasn't asked for`);
  }
}

/** The first whole message, what it answers to, and the rest; undefined: more has to come. */
export function firstReply(bytes: Buffer): { readonly reply: Reply | undefined; readonly rest: Buffer } | undefined {
  if (bytes.length < 16) return undefined;
  if (bytes[0] !== 0x6c) throw new RangeError("a message in the other order of bytes");
  const bodyLength = bytes.readUInt32LE(4);
  const fieldsLength = bytes.readUInt32LE(12);
  const bodyAt = 16 + fieldsLength + ((8 - (fieldsLength % 8)) % 8);
  if (bodyAt + bodyLength > MAX_BYTES) throw new RangeError("a message is too long");
  if (bytes.length < bodyAt + bodyLength) return undefined;
  const rest = bytes.subarray(bodyAt + bodyLength);
  const type = bytes[1];
  if (type !== RETURN && type !== FAILURE) return { reply: undefined, rest };
  const reader = new Reader(bytes.subarray(0, 16 + fieldsLength), 16);
  let to = 0;
  while (reader.at < 16 + fieldsLength) {
    const code = reader.align(8).byte();
    const value = reader.variant();
    if (code === FIELD.replySerial) to = Number(value);
  }
  return {
    reply: { to, failed: type === FAILURE, body: Buffer.from(bytes.subarray(bodyAt, bodyAt + bodyLength)) },
    rest,
  };
}
