// Packed data within a text: gzip, an entry of a zip file, the objects of a git pack (what `git push` sends), each also within base64.
// What can't be unpacked is given up silently: it may only look like a beginning.
import { Base64Reader, type Step } from "./encodings.js";
import { Inflater } from "./inflate.js";

export interface Unpacker {
  readonly over: boolean;
  push(bytes: Buffer): Buffer;
}

const NOTHING = Buffer.alloc(0);
const LEAD = [0, 2, 3] as const;

/** An unpacker for what begins at `at`, and from which byte on it has to be fed. */
export function makeUnpacker(
  packing: "gzip" | "zip" | "git",
  steps: readonly Step[],
  at: number,
): { readonly unpacker: Unpacker; readonly from: number } | undefined {
  const plain = {
    gzip: () => new Streamed(gzipHeaderLength),
    zip: () => new Streamed(zipHeaderLength),
    git: () => new GitPack(),
  }[packing]();
  const [step] = steps;
  if (step === undefined) return { unpacker: plain, from: at };
  const from = at - LEAD[step.at];
  return from < 0 ? undefined : { unpacker: new InBase64(plain, step.at), from };
}

class InBase64 implements Unpacker {
  readonly #inner: Unpacker;
  readonly #reader: Base64Reader;

  constructor(inner: Unpacker, skip: number) {
    this.#inner = inner;
    this.#reader = new Base64Reader(skip);
  }

  get over(): boolean {
    return this.#inner.over || this.#reader.over;
  }

  push(bytes: Buffer): Buffer {
    return this.#inner.push(this.#reader.push(bytes));
  }
}

/** A header of some length, then a raw stream. What follows the stream is none of its business. */
class Streamed implements Unpacker {
  readonly #lengthOf: (header: Buffer) => HeaderLength;
  #header: Buffer = NOTHING;
  #inflater: Inflater | undefined;
  over = false;

  constructor(lengthOf: (header: Buffer) => HeaderLength) {
    this.#lengthOf = lengthOf;
  }

  push(bytes: Buffer): Buffer {
    if (this.over) return NOTHING;
    if (this.#inflater !== undefined) return this.#inflate(this.#inflater, bytes);
    this.#header = Buffer.concat([this.#header, bytes]);
    const length = this.#lengthOf(this.#header);
    this.over = length === "none" || (length === "more" && this.#header.length > MAX_HEADER_BYTES);
    if (typeof length === "string") return NOTHING;
    this.#inflater = new Inflater("raw");
    const rest = this.#header.subarray(length);
    this.#header = NOTHING;
    return this.#inflate(this.#inflater, rest);
  }

  #inflate(inflater: Inflater, bytes: Buffer): Buffer {
    const step = inflater.push(bytes);
    this.over = !step.ok || step.taken < bytes.length;
    return step.ok ? step.bytes : NOTHING;
  }
}

type HeaderLength = number | "more" | "none";

/** Two lengths and two names of 64 KiB. */
const MAX_HEADER_BYTES = 135_000;
const GZIP_HEADER_BYTES = 10;
const [GZIP_SUM, GZIP_EXTRA, GZIP_NAME, GZIP_COMMENT] = [2, 4, 8, 16];

function gzipHeaderLength(header: Buffer): HeaderLength {
  const flags = header[3] ?? 0;
  let at = GZIP_HEADER_BYTES;
  if ((flags & GZIP_EXTRA) !== 0) at += header.length < at + 2 ? 2 : 2 + header.readUInt16LE(at);
  for (const text of [GZIP_NAME, GZIP_COMMENT]) {
    if ((flags & text) === 0) continue;
    const end = header.indexOf(0, at);
    if (end < 0) return "more";
    at = end + 1;
  }
  if ((flags & GZIP_SUM) !== 0) at += 2;
  return header.length < at ? "more" : at;
}

const ZIP_HEADER_BYTES = 30;
const DEFLATED = 8;

function zipHeaderLength(header: Buffer): HeaderLength {
  if (header.length < ZIP_HEADER_BYTES) return "more";
  // What is stored as it is, is read as it is.
  if (header.readUInt16LE(8) !== DEFLATED) return "none";
  const length = ZIP_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  return header.length < length ? "more" : length;
}

const PACK_HEADER_BYTES = 12;
const MAX_OBJECT_HEADER_BYTES = 40;
const [OFFSET_DELTA, NAMED_DELTA, NAME_BYTES] = [6, 7, 20];

/** Each object: its type and size, for a delta what it is based on, and a stream of zlib's. */
class GitPack implements Unpacker {
  #waiting: Buffer = NOTHING;
  #objects: number | undefined;
  #inflater: Inflater | undefined;
  over = false;

  push(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let rest = Buffer.concat([this.#waiting, bytes]);
    this.#waiting = NOTHING;
    while (!this.over && rest.length > 0) {
      const taken = this.#inflater === undefined ? this.#readHeader(rest) : this.#inflate(this.#inflater, rest, parts);
      if (taken === undefined) {
        this.#waiting = rest;
        break;
      }
      rest = rest.subarray(taken);
    }
    return Buffer.concat(parts);
  }

  #readHeader(bytes: Buffer): number | undefined {
    if (this.#objects === undefined) {
      if (bytes.length < PACK_HEADER_BYTES) return undefined;
      this.#objects = bytes.readUInt32BE(8);
      this.over = this.#objects === 0;
      return PACK_HEADER_BYTES;
    }
    const length = objectHeaderLength(bytes);
    if (length !== undefined) this.#inflater = new Inflater("zlib");
    else this.over = bytes.length > MAX_OBJECT_HEADER_BYTES;
    return length;
  }

  #inflate(inflater: Inflater, bytes: Buffer, parts: Buffer[]): number {
    const step = inflater.push(bytes);
    this.over = !step.ok;
    if (!step.ok) return bytes.length;
    parts.push(step.bytes);
    if (step.taken < bytes.length) {
      this.#inflater = undefined;
      this.#objects = (this.#objects ?? 1) - 1;
      this.over = this.#objects <= 0;
    }
    return step.taken;
  }
}

function objectHeaderLength(bytes: Buffer): number | undefined {
  const type = ((bytes[0] ?? 0) >> 4) & 7;
  const sized = numberEnd(bytes, 0);
  const end =
    type === OFFSET_DELTA ? numberEnd(bytes, sized) : type === NAMED_DELTA ? (sized ?? 0) + NAME_BYTES : sized;
  return sized === undefined || end === undefined || end > bytes.length ? undefined : end;
}

/** Where a number ends of which each byte but the last has its highest bit set. */
function numberEnd(bytes: Buffer, from: number | undefined): number | undefined {
  if (from === undefined) return undefined;
  const last = bytes.subarray(from, from + 16).findIndex((byte) => byte < 0x80);
  return last < 0 ? undefined : from + last + 1;
}
