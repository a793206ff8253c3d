// The value of a secret, in memory that is overwritten when it isn't needed any more. JavaScript's own texts can't be: one is made from it
// for each request that carries it and lives until it is collected (docs/secrets.md says so).
import { CordonError } from "../core/error.js";

const MAX_BYTES = 8192;

export class SecretValue {
  readonly #bytes: Buffer;
  #wiped = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Not for logs, events, errors or anything else that stays. */
  text(): string {
    if (this.#wiped) throw new CordonError("internal", "the value of a secret is gone");
    return this.#bytes.toString("latin1");
  }

  equals(other: SecretValue): boolean {
    return this.#bytes.equals(other.#bytes);
  }

  wipe(): void {
    this.#wiped = true;
    this.#bytes.fill(0);
  }
}

/** What a source gave, without the line break that files and programs end with; the given bytes are overwritten. */
export function readValue(given: Buffer): SecretValue | { readonly problem: string } {
  const end = lastOf(given);
  const value = Buffer.from(given.subarray(0, end));
  given.fill(0);
  const problem = problemOf(value);
  if (problem === undefined) return new SecretValue(value);
  value.fill(0);
  return { problem };
}

function lastOf(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return end;
}

function problemOf(value: Buffer): string | undefined {
  if (value.length === 0) return "it is empty";
  if (value.length > MAX_BYTES) return `it is longer than ${MAX_BYTES} bytes`;
  // Only these can stand in every place of a request.
  return value.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? undefined
    : "it has line breaks or other characters that can't stand in a request";
}
