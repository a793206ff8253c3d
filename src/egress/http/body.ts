// The streams that bodies pass: counted, looked through, with back-pressure, in constant memory. They must never let a byte by that the
// meter or the filter refused.
import { Transform, type TransformCallback } from "node:stream";
import { internalError } from "../decide/advice.js";
import { contentRefusal, type Decision, trailerRefusal } from "./decision.js";
import { type Refusal, Refused, refusal } from "./refusal.js";
import type { Finding, GateContext, Pair } from "./types.js";

const NOTHING: Buffer = Buffer.alloc(0);

/** The end of a request's body. */
export interface Ends {
  /** Node says `end` of a stream that was reset as well: an end that is none must never look like one to an upstream. */
  readonly brokenOff: () => boolean;
  /** Asked once all of the body has come. */
  readonly trailers: () => readonly Pair[];
  /** Gets them when they may go on. */
  readonly send: (trailers: readonly Pair[]) => void;
}

/** Towards an upstream. Fails with `Refused`. */
export class OutboundBody extends Transform {
  readonly #context: GateContext;
  readonly #decision: Decision;
  readonly #ends: Ends;
  #sentBytes = 0;

  constructor(context: GateContext, decision: Decision, ends: Ends) {
    super();
    this.#context = context;
    this.#decision = decision;
    this.#ends = ends;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#guarded(callback, () => {
      this.#sentBytes += chunk.length;
      const over = this.#overLimit(chunk.length);
      return over ?? this.#looked(this.#decision.filter?.push(chunk) ?? { pass: chunk });
    });
  }

  override _flush(callback: TransformCallback): void {
    if (this.#ends.brokenOff()) {
      callback(new Error("the client broke off"));
      return;
    }
    this.#guarded(callback, () => {
      const refused = this.#decision.filter === undefined ? undefined : this.#looked(this.#decision.filter.end());
      if (refused !== undefined) return refused;
      this.#pushChanged(this.#decision.secrets?.body?.end() ?? NOTHING);
      const trailers = this.#ends.trailers();
      const inTrailers = trailerRefusal(this.#context, this.#decision, trailers);
      if (inTrailers === undefined) this.#ends.send(trailers);
      return inTrailers;
    });
  }

  #pushChanged(bytes: Buffer): void {
    if (bytes.length > 0) this.push(bytes);
  }

  #guarded(callback: TransformCallback, work: () => Refusal | undefined): void {
    const refused = guarded(work);
    callback(refused === undefined ? null : new Refused(refused));
  }

  #overLimit(bytes: number): Refusal | undefined {
    const { rule } = this.#decision.verdict;
    const over = this.#context.meter.upload(bytes, rule, this.#sentBytes);
    if (over === undefined) return undefined;
    const tooLong = rule?.maxUploadBytes !== undefined && this.#sentBytes > rule.maxUploadBytes;
    return refusal(over, tooLong ? { status: 413 } : {});
  }

  /** What may pass, passes, also when something was found behind it: the request is broken off then, never ended. */
  #looked({ pass, found }: { readonly pass: Buffer; readonly found?: Finding | undefined }): Refusal | undefined {
    const refused = contentRefusal(this.#context, this.#decision, found);
    if (refused === undefined && pass.length > 0) this.#pushChanged(this.#decision.secrets?.body?.push(pass) ?? pass);
    return refused;
  }
}

/** A stream calls these from events: what throws in them is a denial. */
function guarded<T>(work: () => T): T | Refusal {
  try {
    return work();
  } catch {
    return refusal(internalError());
  }
}

/** From an upstream, or of a WebSocket: only counted. */
export class CountedBody extends Transform {
  readonly #count: (bytes: number) => Refusal | undefined;
  readonly #ending: () => Error | undefined;

  /** `ending` is asked when no more comes, and may say that this is no end. */
  constructor(count: (bytes: number) => Refusal | undefined, ending: () => Error | undefined = () => undefined) {
    super();
    this.#count = count;
    this.#ending = ending;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const refused = guarded(() => this.#count(chunk.length));
    if (refused === undefined) callback(null, chunk);
    else callback(refused instanceof Error ? refused : new Refused(refused));
  }

  override _flush(callback: TransformCallback): void {
    const failed = guarded(this.#ending);
    callback(failed === undefined || failed instanceof Error ? (failed ?? null) : new Refused(failed));
  }
}

export function countDownload(context: GateContext): (bytes: number) => Refusal | undefined {
  return (bytes) => {
    const over = context.meter.download(bytes);
    return over === undefined ? undefined : refusal(over);
  };
}
