// The bytes of the agent protocol (draft-ietf-sshm-ssh-agent): messages with a length, strings with a length. Pure.

export const MESSAGES = {
  failure: 5,
  success: 6,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  extension: 27,
} as const;

export const MAX_MESSAGE_BYTES = 262_144;

/** Whole messages out of what came so far; undefined: one is longer than any that is meant. */
export function messagesIn(bytes: Buffer): { readonly messages: readonly Buffer[]; readonly rest: Buffer } | undefined {
  const messages: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= 4) {
    const length = bytes.readUInt32BE(at);
    if (length === 0 || length > MAX_MESSAGE_BYTES) return undefined;
    if (bytes.length - at - 4 < length) break;
    messages.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { messages, rest: bytes.subarray(at) };
}

export function framed(...parts: readonly Buffer[]): Buffer {
  const message = Buffer.concat(parts);
  return Buffer.concat([uint32(message.length), message]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Reads in order. What isn't there makes everything after it undefined. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #broken = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number | undefined {
    return this.#take(1)?.readUInt8(0);
  }

  uint32(): number | undefined {
    return this.#take(4)?.readUInt32BE(0);
  }

  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.#take(length);
  }

  /** Everything was read, and was there. */
  get isOver(): boolean {
    return !this.#broken && this.#at === this.#bytes.length;
  }

  #take(length: number): Buffer | undefined {
    if (this.#broken || this.#bytes.length - this.#at < length) {
      this.#broken = true;
      return undefined;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
