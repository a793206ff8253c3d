// One request to a host of a secret, and its answer: on the way out placeholders become values, on the way back values placeholders.
import type { Signing } from "./aws/resign.js";
import type { Lease } from "./lease.js";
import { TokenAnswer } from "./oauth/token-answer.js";
import type { Reflection } from "./reflections.js";
import { Scrub, scrubText } from "./scrub.js";
import { bodySwap } from "./swap-body.js";
import { swapHead } from "./swap-head.js";
import type { AskedRequest, ByteStream, Pair, Withheld } from "./types.js";
import { UsageReader } from "./usage.js";

export interface PassageNotes {
  /** A secret was put into the body. */
  readonly used: (name: string) => void;
  /** What the answer says of a model's tokens, since it was last told. */
  readonly took: (names: readonly string[], tokens: number) => void;
  readonly unsigned: (why: string) => Withheld;
  /** The server refused the request that carried these. */
  readonly unauthorized: (names: readonly string[]) => void;
  /** Of an endpoint that gives out tokens: its request, and what becomes of its answer. */
  readonly endpoint?: {
    readonly request: ByteStream | undefined;
    readonly answer: (body: Buffer) => readonly Reflection[];
  };
}

function after(first: ByteStream | undefined, second: ByteStream | undefined): ByteStream | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    push: (chunk) => second.push(first.push(chunk)),
    end: () => Buffer.concat([second.push(first.end()), second.end()]),
  };
}

/** Fields that would have an answer come in pieces, or in a form that isn't read. */
const LEFT_OUT = new Set(["accept-encoding", "range", "if-range", "sec-websocket-extensions"]);

export interface PassageLeases {
  /** Whose values may come back. */
  readonly leases: readonly Lease[];
  /** Those that may be put in. */
  readonly fitting: readonly Lease[];
  readonly signing?: Signing;
}

export class Passage {
  readonly allowed = true;
  readonly path: string;
  readonly headers: readonly Pair[];
  readonly body: ByteStream | undefined;
  /** The fields as they are sent at last, or why they aren't. */
  readonly sign?: (
    body: Buffer | undefined,
  ) => { readonly allowed: true; readonly headers: readonly Pair[] } | Withheld;
  readonly signsBody: boolean;
  readonly #leases: readonly Lease[];
  readonly #notes: PassageNotes;
  readonly #used: readonly string[];
  #gives = false;

  constructor(asked: AskedRequest, { leases, fitting, signing }: PassageLeases, notes: PassageNotes) {
    const secrets = fitting.filter(({ state }) => state === "live").map((lease) => lease.swappable());
    const { path, headers, used } = swapHead(asked.path, asked.headers, secrets);
    this.path = path;
    const kept = headers.filter(([name]) => !LEFT_OUT.has(name.toLowerCase()));
    // SECURITY(T33): a server that writes the request back does so in a form that can be searched.
    this.headers = [...kept, ["accept-encoding", "identity"]];
    // The body is signed as it came.
    if (signing !== undefined)
      this.sign = (body) => {
        const made = signing.finish(this.headers, body);
        return made.signed ? { allowed: true, headers: made.headers } : notes.unsigned(made.why);
      };
    this.signsBody = signing?.needsBody === true;
    this.body =
      signing !== undefined ? undefined : after(notes.endpoint?.request, bodySwap(asked.headers, secrets, notes.used));
    this.#leases = leases;
    this.#notes = notes;
    this.#used = used;
  }

  answered(status: number): void {
    this.#gives = status >= 200 && status < 300;
    if (status === 401 && this.#used.length > 0) this.#notes.unauthorized(this.#used);
  }

  /** Of a field, or of the words behind a status. */
  text(text: string): string {
    return scrubText(text, this.#reflections);
  }

  fields(fields: readonly Pair[]): readonly Pair[] {
    return fields.map(([name, value]) => [name, this.text(value)]);
  }

  scrub(): ByteStream {
    const { endpoint } = this.#notes;
    if (endpoint !== undefined && this.#gives)
      return new TokenAnswer((body) => [...endpoint.answer(body), ...this.#reflections]);
    const scrub = new Scrub(this.#reflections);
    if (this.#used.length === 0) return scrub;
    const usage = new UsageReader();
    let told = 0;
    const read = (chunk: Buffer) => {
      usage.push(chunk);
      const { tokens } = usage;
      // Told as it comes: an answer that is broken off was paid for as well.
      if (tokens > told) this.#notes.took(this.#used, tokens - told);
      told = Math.max(told, tokens);
    };
    return {
      push: (chunk) => {
        read(chunk);
        return scrub.push(chunk);
      },
      end: () => scrub.end(),
    };
  }

  get #reflections(): readonly Reflection[] {
    return this.#leases.flatMap(({ reflections }) => reflections);
  }
}
