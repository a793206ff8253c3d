// Where the HTTP gate and the broker of secrets meet: a request that was decided on is given the broker before it is sent, and what comes
// back passes it too. The gate knows no value; it must never send a request to a host of a secret round the broker.
// SECURITY(T23, T33): only over a connection whose TLS was verified for the very name that was judged.
import type { IncomingHttpHeaders } from "node:http2";
import { Transform, type TransformCallback, Writable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Contained } from "../contained.js";
import { internalError } from "../decide/advice.js";
import type { Denied } from "../types.js";
import type { Decision } from "./decision.js";
import { type Refusal, refusal } from "./refusal.js";
import type { ByteStream, Finding, GateContext, OutboundFilter, Pair, SecretPassage } from "./types.js";
import { valuesOf } from "./wellformed.js";

/** Goes on at once, or when a value that has to be asked for again is there. */
export function withSecrets(
  { secrets }: GateContext,
  decision: Decision,
  { contained, go }: { readonly contained: Contained; readonly go: (ready: Decision | Refusal) => void },
): void {
  const { target, asked } = decision;
  if (secrets === undefined || !secrets.bound(target.host)) {
    go(decision);
    return;
  }
  const open = () => {
    const { method, path, headers } = asked;
    const passage = secrets.open({ target, method, path, headers });
    if (!passage.allowed) {
      go(refusal(passage));
      return;
    }
    const signed = passage.signsBody ? undefined : passage.sign?.(undefined);
    const { path: newPath } = passage;
    if (signed?.allowed === false) go(refusal(signed));
    else
      go({
        ...decision,
        asked: { ...asked, path: newPath, headers: signed?.headers ?? passage.headers },
        secrets: passage,
      });
  };
  const waiting = secrets.ready(target.host);
  if (waiting === undefined) open();
  else
    waiting.then(
      contained(open),
      contained(() => go(refusal(internalError()))),
    );
}

const MAX_SIGNED_BYTES = 16 * 1024 * 1024;

/** A body that has to be whole before its request can be signed; what passed the filter comes in here. */
export class WholeBody extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly #decision: Decision;
  readonly #done: (signed: Decision | Refusal, body: Buffer) => void;
  #bytes = 0;

  constructor(decision: Decision, done: (signed: Decision | Refusal, body: Buffer) => void) {
    super();
    this.#decision = decision;
    this.#done = done;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_SIGNED_BYTES) this.#done(refusal(TOO_LONG, { status: 413 }), Buffer.alloc(0));
    else this.#chunks.push(chunk);
    callback();
  }

  override _final(callback: (error?: Error) => void): void {
    callback();
    if (this.#bytes > MAX_SIGNED_BYTES) return;
    const body = Buffer.concat(this.#chunks);
    const signed = this.#decision.secrets?.sign?.(body);
    if (signed?.allowed !== true) this.#done(refusal(signed ?? internalError()), body);
    else this.#done({ ...this.#decision, asked: { ...this.#decision.asked, headers: signed.headers } }, body);
  }
}

const TOO_LONG: Denied = {
  allowed: false,
  code: "secret",
  reason: `a body of more than ${MAX_SIGNED_BYTES} bytes isn't signed anew; let the client send its digest in x-amz-content-sha256`,
};

/** Both look at everything; what the first refuses, the second doesn't see. */
export class BothFilters implements OutboundFilter {
  readonly #first: OutboundFilter;
  readonly #second: OutboundFilter;

  constructor(first: OutboundFilter, second: OutboundFilter) {
    this.#first = first;
    this.#second = second;
  }

  head(): Finding | undefined {
    return this.#first.head() ?? this.#second.head();
  }

  push(chunk: Buffer): ReturnType<OutboundFilter["push"]> {
    const first = this.#first.push(chunk);
    const second = this.#second.push(first.pass);
    return { pass: second.pass, found: first.found ?? second.found };
  }

  end(): ReturnType<OutboundFilter["end"]> {
    const last = this.push(Buffer.alloc(0));
    const first = this.#first.end();
    const second = this.#second.push(first.pass);
    const rest = this.#second.end();
    const pass = Buffer.concat([last.pass, second.pass, rest.pass]);
    return { pass, found: last.found ?? first.found ?? second.found ?? rest.found };
  }
}

/** Bytes through a stream of the broker's. */
export class ChangedBody extends Transform {
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    super();
    this.#stream = stream;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#guarded(callback, () => this.#stream.push(chunk));
  }

  override _flush(callback: TransformCallback): void {
    this.#guarded(callback, () => this.#stream.end());
  }

  #guarded(callback: TransformCallback, work: () => Buffer): void {
    try {
      const bytes = work();
      if (bytes.length > 0) this.push(bytes);
      callback();
    } catch {
      callback(new Error("the body can't be changed"));
    }
  }
}

/** What an answer's body passes, in this order; undefined: it is packed in a way that can't be looked through. */
export function answerSteps(
  passage: SecretPassage | undefined,
  headers: readonly Pair[],
): readonly Transform[] | undefined {
  if (passage === undefined) return [];
  const steps: Transform[] = [];
  for (const encoding of encodingsOf(headers).toReversed()) {
    const unpack = UNPACKERS[encoding];
    if (unpack === undefined) return undefined;
    steps.push(unpack());
  }
  return [...steps, new ChangedBody(passage.scrub())];
}

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

function encodingsOf(headers: readonly Pair[]): readonly string[] {
  return valuesOf(headers, "content-encoding")
    .flatMap((value) => value.split(","))
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== "" && each !== "identity");
}

/** Those that are true of the packed body only. */
export const UNPACKED_FIELDS = ["content-encoding", "content-length", "etag", "digest", "content-digest"] as const;
export const UNREADABLE_ANSWER = "answered in an encoding that was not asked for and can't be searched for secrets";

/** The fields of an answer as they go on: without values, and what was packed is not any more. */
export function answerFields(
  passage: SecretPassage | undefined,
  headers: readonly Pair[],
  hasBody: boolean,
): readonly Pair[] {
  if (passage === undefined) return headers;
  const unpacked = hasBody && encodingsOf(headers).length > 0;
  const gone: readonly string[] = unpacked ? UNPACKED_FIELDS : [];
  return passage.fields(headers.filter(([name]) => !gone.includes(name.toLowerCase())));
}

/** The same for Node's own shape of them. */
export function scrubbed<Headers extends IncomingHttpHeaders>(
  passage: SecretPassage | undefined,
  headers: Headers,
): Headers {
  if (passage === undefined) return headers;
  const changed = { ...headers };
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") Object.assign(changed, { [name]: passage.text(value) });
    else if (Array.isArray(value)) Object.assign(changed, { [name]: value.map((each) => passage.text(each)) });
  }
  return changed;
}
