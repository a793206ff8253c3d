// The answer of an endpoint that gives out tokens, on its way in: it waits until it is whole, and what is in it is known. One that is too long
// or can't be read doesn't get in at all.
import type { Reflection } from "../reflections.js";
import { scrubText } from "../scrub.js";
import type { ByteStream } from "../types.js";

const MAX_BYTES = 262_144;
const NOTHING: Buffer = Buffer.alloc(0);

export class TokenAnswer implements ByteStream {
  /** Keeps the tokens that are in it; gives what stands for each. */
  readonly #take: (body: Buffer) => readonly Reflection[];
  #body: Buffer = NOTHING;

  constructor(take: (body: Buffer) => readonly Reflection[]) {
    this.#take = take;
  }

  push(chunk: Buffer): Buffer {
    this.#body = Buffer.concat([this.#body, chunk]);
    if (this.#body.length > MAX_BYTES) throw new Error("the answer of an endpoint of tokens is too long");
    return NOTHING;
  }

  end(): Buffer {
    const body = this.#body;
    this.#body = NOTHING;
    return Buffer.from(scrubText(body.toString("latin1"), this.#take(body)), "latin1");
  }
}
