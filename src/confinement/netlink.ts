// Netlink messages as bytes (netlink(7)): headers, nested attributes, alignment. Pure. It knows nothing of what the messages mean.
import { Buffer } from "node:buffer";

export const FLAG = { request: 0x1, acknowledge: 0x4, exclusive: 0x200, create: 0x400, append: 0x800 } as const;

const HEADER_BYTES = 16;
const ATTRIBUTE_BYTES = 4;
const NESTED = 0x8000;

export interface Message {
  readonly type: number;
  readonly flags: number;
  /** The family's own fixed header. */
  readonly fixed: Uint8Array;
  readonly attributes: readonly Uint8Array[];
}

/** Whole messages one after the other, numbered from 1, so that a refusal says which it was. */
export function messages(list: readonly Message[]): Uint8Array {
  return Buffer.concat(list.map((message, index) => encode(message, index + 1)));
}

function encode({ type, flags, fixed, attributes }: Message, sequence: number): Buffer {
  const body = Buffer.concat([padded(fixed), ...attributes]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(HEADER_BYTES + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, body]);
}

export function attribute(type: number, value: Uint8Array): Uint8Array {
  const header = Buffer.alloc(ATTRIBUTE_BYTES);
  header.writeUInt16LE(ATTRIBUTE_BYTES + value.length, 0);
  header.writeUInt16LE(type, 2);
  return padded(Buffer.concat([header, value]));
}

export function nested(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type | NESTED, Buffer.concat(attributes));
}

export function text(type: number, value: string): Uint8Array {
  return attribute(type, Buffer.from(`${value}\0`, "latin1"));
}

/** In the machine's order: both architectures that Cordon runs on are little-endian. */
export function number(type: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return attribute(type, bytes);
}

/** In network order, as nf_tables has all of its numbers. */
export function networkNumber(type: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return attribute(type, bytes);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
