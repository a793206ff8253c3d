// How many tokens of a model an answer says that it took: out of the numbers that providers write into it, Anthropic's and OpenAI's, as one
// JSON text or as events. It reads bytes as they pass, in constant memory, and never changes one.
const NAMES = [
  "input_tokens",
  "output_tokens",
  "prompt_tokens",
  "completion_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
] as const;
/** A quote in a model's own text is escaped there, so that what it writes isn't taken for a number of the provider's. */
const NUMBER = /(?<!\\)"(\w+_tokens)"\s*:\s*(\d{1,12})(?=[\s,}])/g;
/** The longest that one can be. */
const KEPT = 80;

type Name = (typeof NAMES)[number];

export class UsageReader {
  readonly #most = new Map<Name, number>();
  #tail = "";

  push(chunk: Uint8Array): void {
    const text = this.#tail + Buffer.from(chunk).toString("latin1");
    for (const [, name, digits] of text.matchAll(NUMBER)) {
      const known = NAMES.find((each) => each === name);
      // Events tell the sum so far: the largest is the last one.
      if (known !== undefined) this.#most.set(known, Math.max(this.#most.get(known) ?? 0, Number(digits)));
    }
    this.#tail = text.slice(-KEPT);
  }

  get tokens(): number {
    const [input, output] = [this.#of("input_tokens", "prompt_tokens"), this.#of("output_tokens", "completion_tokens")];
    return input + output + this.#of("cache_creation_input_tokens") + this.#of("cache_read_input_tokens");
  }

  /** One number by two names. */
  #of(...names: readonly Name[]): number {
    return Math.max(...names.map((name) => this.#most.get(name) ?? 0));
  }
}
