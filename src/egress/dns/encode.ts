// Writes DNS answers: header, the question as it was asked, records, a SOA for "no such thing", and an OPT record with an
// Extended DNS Error (RFC 8914) for those who speak EDNS. Pure. It must never write more than the asker takes.
import { CLASS, HEADER_BYTES, type Head, type Query, RCODE, type Rcode, TYPE } from "./wire.js";

/** Stands for an RFC 8914 info code: why there is no address, and a sentence about it. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

export const EXTENDED_ERROR = { OTHER: 0, BLOCKED: 15, FILTERED: 17, PROHIBITED: 18 } as const;

export interface Answer {
  readonly rcode: Rcode;
  /** Record data for the question's own name, all of one type. */
  readonly records: readonly RecordData[];
  /** The asker is to ask again over TCP. */
  readonly truncated?: boolean;
  readonly error?: ExtendedError;
}

export interface RecordData {
  readonly type: number;
  readonly data: Uint8Array;
}

/** For each answer that names or addresses are made of; a run may last for hours, and an address never changes within it. */
export const TTL_SECONDS = 60;
/** What was refused may be allowed a moment later (an approval, a grant). */
const NEGATIVE_TTL_SECONDS = 5;
const MIN_UDP_BYTES = 512;
/** RFC 9715: what passes everywhere without fragments; our own offer as well. */
const MAX_UDP_BYTES = 1232;
export const MAX_TCP_BYTES = 65_535;
const MAX_TEXT_BYTES = 400;
const EDE_OPTION = 15;
const OPT_BYTES = 11;
const EDE_BYTES = 6;

/** How long an answer over UDP may be. */
export function udpLimit(query: Query | undefined): number {
  return Math.min(Math.max(query?.edns?.udpBytes ?? 0, MIN_UDP_BYTES), MAX_UDP_BYTES);
}

export function addressData(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** A name in wire form; undefined for what no name can be. */
export function nameData(name: string): Uint8Array | undefined {
  const labels = name === "" ? [] : name.split(".");
  if (labels.some((label) => label === "" || label.length > 63) || name.length > 253) return undefined;
  const parts = labels.map((label) => Buffer.concat([Uint8Array.of(label.length), Buffer.from(label, "latin1")]));
  return Buffer.concat([...parts, Uint8Array.of(0)]);
}

/** The answer to a query that could be read. */
export function encodeAnswer(query: Query, answer: Answer, maxBytes: number): Buffer {
  const records = answer.records.map(recordBytes);
  const negative = answer.records.length === 0 && !answer.truncated && isNegative(answer.rcode);
  const authorities = negative ? [soaBytes()] : [];
  const fixed = HEADER_BYTES + query.question.raw.length + (query.edns === undefined ? 0 : OPT_BYTES);
  const fits = fixed + bytesOf(records) + bytesOf(authorities) <= maxBytes;
  const kept = fits && !answer.truncated ? { records, authorities } : { records: [], authorities: [] };
  // Without room for its SOA a negative answer is still complete; only lost records are worth another question.
  const truncated = answer.truncated === true || (!fits && records.length > 0);
  const room = maxBytes - fixed - bytesOf(kept.records) - bytesOf(kept.authorities);
  const extras = query.edns === undefined ? [] : [optBytes(query.edns.dnssec, answer, room)];
  const counts = [1, kept.records.length, kept.authorities.length, extras.length];
  const header = headerBytes(query.head, { rcode: answer.rcode, truncated, counts });
  return Buffer.concat([header, query.question.raw, ...kept.records, ...kept.authorities, ...extras]);
}

/** The answer to what couldn't be read: nothing but its header. */
export function encodeFault(head: Head, rcode: Rcode): Buffer {
  return headerBytes(head, { rcode, truncated: false, counts: [0, 0, 0, 0] });
}

function isNegative(rcode: Rcode): boolean {
  return rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN;
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

interface HeaderRest {
  readonly rcode: Rcode;
  readonly truncated: boolean;
  readonly counts: readonly number[];
}

function headerBytes(head: Head, { rcode, truncated, counts }: HeaderRest): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const recursion = (head.recursionDesired ? 0x0100 : 0) | 0x0080;
  const flags = 0x8000 | (head.opcode << 11) | (truncated ? 0x0200 : 0) | recursion;
  bytes.writeUInt16BE(head.id, 0);
  bytes.writeUInt16BE(flags | (head.checkingDisabled ? 0x0010 : 0) | (rcode & 0xf), 2);
  counts.forEach((count, index) => {
    bytes.writeUInt16BE(count, 4 + index * 2);
  });
  return bytes;
}

/** A record of the question's own name, which a pointer stands for. */
function recordBytes({ type, data }: RecordData): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CLASS.IN, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** Of the root zone, since this server stands for all of it: how long a "no" may be remembered (RFC 2308). */
function soaBytes(): Buffer {
  const names = ["cordon.invalid", "nobody.invalid"].map((name) => nameData(name) ?? Uint8Array.of(0));
  const numbers = Buffer.alloc(20);
  [1, 3600, 600, 86_400, NEGATIVE_TTL_SECONDS].forEach((value, index) => {
    numbers.writeUInt32BE(value, index * 4);
  });
  const data = Buffer.concat([...names, numbers]);
  const head = Buffer.alloc(11);
  head.writeUInt16BE(TYPE.SOA, 1);
  head.writeUInt16BE(CLASS.IN, 3);
  head.writeUInt32BE(NEGATIVE_TTL_SECONDS, 5);
  head.writeUInt16BE(data.length, 9);
  return Buffer.concat([head, data]);
}

function optBytes(dnssec: boolean, { rcode, error }: Answer, room: number): Buffer {
  const option = error === undefined || room < EDE_BYTES ? Buffer.alloc(0) : errorBytes(error, room - EDE_BYTES);
  const head = Buffer.alloc(OPT_BYTES);
  head.writeUInt16BE(TYPE.OPT, 1);
  head.writeUInt16BE(MAX_UDP_BYTES, 3);
  head.writeUInt8(rcode >> 4, 5);
  head.writeUInt16BE(dnssec ? 0x8000 : 0, 7);
  head.writeUInt16BE(option.length, 9);
  return Buffer.concat([head, option]);
}

function errorBytes({ code, text }: ExtendedError, room: number): Buffer {
  // Printable ASCII only, so that a cut never leaves half a character.
  const plain = text.replace(/[^\x20-\x7e]/g, "?").slice(0, Math.min(room, MAX_TEXT_BYTES));
  const head = Buffer.alloc(EDE_BYTES);
  head.writeUInt16BE(EDE_OPTION, 0);
  head.writeUInt16BE(2 + plain.length, 2);
  head.writeUInt16BE(code, 4);
  return Buffer.concat([head, Buffer.from(plain, "latin1")]);
}
