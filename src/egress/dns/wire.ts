// Reads DNS queries (RFC 1035, 6891): one question, an OPT record at most, and nothing else that would be believed. Pure.
// It must never throw, whatever the bytes are, and never follow a pointer: where one is legal here, it ends a name that is skipped.
// SECURITY(T26): what isn't understood to the last byte is answered with an error, never with an address.

export const HEADER_BYTES = 12;
export const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** An OPT, a signature: more records after a question aren't a query. */
const MAX_EXTRA_RECORDS = 4;
const MAX_RECORDS = 8;

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

export const CLASS = { IN: 1, CHAOS: 3, ANY: 255 } as const;

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** What of a query's header its answer repeats. */
export interface Head {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
}

export interface Question {
  /** One character for each byte, in the asker's own case; empty for the root. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  /** Name, type and class as they were asked, mixed case too: the answer repeats them byte for byte. */
  readonly raw: Uint8Array;
}

export interface Edns {
  /** The largest answer over UDP that the asker takes. */
  readonly udpBytes: number;
  readonly version: number;
  readonly dnssec: boolean;
}

export interface Query {
  readonly head: Head;
  readonly question: Question;
  readonly edns?: Edns;
}

export type Parsed =
  /** Too short to answer, or an answer itself: answering it could go round for ever. */
  | { readonly kind: "ignored" }
  | { readonly kind: "faulty"; readonly head: Head; readonly rcode: Rcode; readonly query?: Query }
  | { readonly kind: "query"; readonly query: Query };

/** Reads on from a place in a message; each step answers undefined where the bytes end or are wrong. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  byte(): number | undefined {
    return this.#bytes[this.#at++];
  }

  short(): number | undefined {
    const [high, low] = [this.byte(), this.byte()];
    return high === undefined || low === undefined ? undefined : (high << 8) | low;
  }

  take(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (end > this.#bytes.length) return undefined;
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A name in full: the first of a message, where no pointer can be right. */
  name(): readonly string[] | undefined {
    const labels: string[] = [];
    let total = 1;
    for (;;) {
      const length = this.byte();
      if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
      if (length === 0) return labels;
      total += length + 1;
      const label = total > MAX_NAME_BYTES ? undefined : this.take(length);
      if (label === undefined) return undefined;
      labels.push(String.fromCharCode(...label));
    }
  }

  /** Passes a name, which a pointer to something before it may end. */
  skipName(): "root" | "other" | undefined {
    const start = this.#at;
    for (let total = 1; total <= MAX_NAME_BYTES; ) {
      const length = this.byte();
      if (length === undefined) return undefined;
      if (length === 0) return this.#at === start + 1 ? "root" : "other";
      if (length >= 0xc0) {
        const low = this.byte();
        const target = ((length & 0x3f) << 8) | (low ?? 0);
        return low === undefined || target < HEADER_BYTES || target >= start ? undefined : "other";
      }
      if (length > MAX_LABEL_BYTES || this.take(length) === undefined) return undefined;
      total += length + 1;
    }
    return undefined;
  }
}

interface Counts {
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly extras: number;
}

export function parseMessage(bytes: Uint8Array): Parsed {
  if (bytes.length < HEADER_BYTES) return { kind: "ignored" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & 0x8000) !== 0) return { kind: "ignored" };
  const head: Head = {
    id: view.getUint16(0),
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & 0x0100) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
  };
  if (head.opcode !== 0) return { kind: "faulty", head, rcode: RCODE.NOTIMP };
  const counts = {
    questions: view.getUint16(4),
    answers: view.getUint16(6),
    authorities: view.getUint16(8),
    extras: view.getUint16(10),
  };
  return readBody(bytes, head, counts) ?? { kind: "faulty", head, rcode: RCODE.FORMERR };
}

function readBody(bytes: Uint8Array, head: Head, counts: Counts): Parsed | undefined {
  const records = counts.answers + counts.authorities;
  if (counts.questions !== 1 || records > MAX_RECORDS || counts.extras > MAX_EXTRA_RECORDS) return undefined;
  const cursor = new Cursor(bytes);
  const question = readQuestion(bytes, cursor);
  if (question === undefined) return undefined;
  for (let index = 0; index < records; index++) {
    const record = readRecord(cursor);
    if (record === undefined || record.edns !== undefined) return undefined;
  }
  let edns: Edns | undefined;
  for (let index = 0; index < counts.extras; index++) {
    const record = readRecord(cursor);
    if (record === undefined || (edns !== undefined && record.edns !== undefined)) return undefined;
    edns ??= record.edns;
  }
  if (cursor.at !== bytes.length) return undefined;
  const query: Query = { head, question, ...(edns === undefined ? {} : { edns }) };
  if (edns !== undefined && edns.version !== 0) return { kind: "faulty", head, rcode: RCODE.BADVERS, query };
  return { kind: "query", query };
}

function readQuestion(bytes: Uint8Array, cursor: Cursor): Question | undefined {
  const labels = cursor.name();
  if (labels === undefined) return undefined;
  const [type, recordClass] = [cursor.short(), cursor.short()];
  if (type === undefined || recordClass === undefined || type === 0 || type === TYPE.OPT) return undefined;
  return { labels, type, class: recordClass, raw: bytes.subarray(HEADER_BYTES, cursor.at) };
}

/** Passes one record; what an OPT says is kept. */
function readRecord(cursor: Cursor): { readonly edns?: Edns } | undefined {
  const owner = cursor.skipName();
  const [type, recordClass] = [cursor.short(), cursor.short()];
  const [version, flags] = [cursor.short(), cursor.short()];
  const length = cursor.short();
  if (owner === undefined || type === undefined || recordClass === undefined) return undefined;
  if (version === undefined || flags === undefined || length === undefined) return undefined;
  const data = cursor.take(length);
  if (data === undefined) return undefined;
  if (type !== TYPE.OPT) return {};
  if (owner !== "root" || !areOptions(data)) return undefined;
  return { edns: { udpBytes: recordClass, version: version & 0xff, dnssec: (flags & 0x8000) !== 0 } };
}

/** Options are only passed over: none of them changes an answer. */
function areOptions(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) {
    const [high, low] = [data[at + 2], data[at + 3]];
    if (high === undefined || low === undefined) return false;
    at += 4 + ((high << 8) | low);
  }
  return at === data.length;
}
