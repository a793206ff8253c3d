// One HTTP/2 stream of a client and its stream at the upstream. Its pseudo-headers are checked and its :authority compared and judged as
// if it were a connection of its own; header fields are written anew, trailers and early answers pass both ways.
// SECURITY(T24): the first stream's name says nothing about the next one's.
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type ServerHttp2Stream,
} from "node:http2";
import type { Duplex, Transform } from "node:stream";
import { containment } from "../contained.js";
import { internalError, malformedRequest } from "../decide/advice.js";
import { answerStream, breakOff, isIdle } from "./answering-h2.js";
import { CountedBody, countDownload, OutboundBody } from "./body.js";
import { type Decision, decide, detailOf } from "./decision.js";
import { EarlyAnswers } from "./early.js";
import { trailersOf } from "./headers.js";
import { headersObject, isFinalWithoutBody, pairsOfHeaders, readHead, responseOf } from "./headers-h2.js";
import { type Refusal, Refused, refusal, upstreamFailed } from "./refusal.js";
import { answerSteps, scrubbed, UNPACKED_FIELDS, UNREADABLE_ANSWER, WholeBody, withSecrets } from "./secrets.js";
import type { Sessions } from "./session-h2.js";
import type { GateContext, Pair, SecretPassage } from "./types.js";
import { pairsOf } from "./wellformed.js";

const { NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR } = constants;

export class StreamExchange {
  readonly #context: GateContext;
  readonly #sessions: Sessions;
  readonly #stream: ServerHttp2Stream;
  #headers: readonly Pair[] = [];
  #told = { method: "", path: "" };
  #trailers: readonly Pair[] = [];
  #upstream: ClientHttp2Stream | undefined;
  #secrets: SecretPassage | undefined;
  #responded = false;
  #isBroken = false;
  #refused = false;
  readonly #early: EarlyAnswers;
  readonly #contained = containment(() => this.#broken());

  constructor(context: GateContext, sessions: Sessions, stream: ServerHttp2Stream) {
    this.#context = context;
    this.#sessions = sessions;
    this.#stream = stream;
    this.#early = new EarlyAnswers(context);
  }

  run(raw: readonly string[]): void {
    this.#stream.on("error", () => undefined);
    const keep = (trailers: IncomingHttpHeaders) => {
      this.#trailers = trailersOf(pairsOfHeaders(trailers));
    };
    this.#stream.on("trailers", this.#contained(keep));
    this.#contained(() => this.#serve(raw))();
  }

  #serve(raw: readonly string[]): void {
    try {
      const decision = this.#judge(pairsOf(raw));
      if (!decision.allowed) this.#refuse(decision);
      else withSecrets(this.#context, decision, { contained: this.#contained, go: (ready) => this.#go(ready) });
    } catch {
      this.#refuse(refusal(internalError()));
    }
  }

  #go(ready: Decision | Refusal): void {
    // The client may have left while a secret was asked for.
    if (this.#stream.destroyed) return;
    if (ready.allowed && ready.secrets?.signsBody === true) this.#sign(ready);
    else if (ready.allowed) this.#forward(ready);
    else this.#refuse(ready);
  }

  /** A bug of ours, or something that Node can't send on. */
  #broken(): void {
    const { target, via } = this.#sessions.scope;
    if (this.#upstream?.closed === false) breakOff(this.#upstream);
    if (!this.#stream.destroyed) breakOff(this.#stream);
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#context.report.denied(target, internalError(), detailOf(via, this.#told.method, this.#told.path));
  }

  #judge(fields: readonly Pair[]): Decision | Refusal {
    const { target, via } = this.#sessions.scope;
    this.#headers = fields.filter(([name]) => !name.startsWith(":"));
    const head = readHead(fields);
    if (!head.ok) return refusal(malformedRequest(target, head.flaw));
    const { method, path, headers, names } = head;
    this.#told = { method, path };
    const decision = decide(this.#context, { target, via, names, method, path, headers, secure: true });
    // Asked after the decision: a denial isn't less of one because the server is down.
    return decision.allowed && this.#sessions.upstream instanceof Error ? this.#sessions.upstream.refusal : decision;
  }

  /** The body first: what is said of it stands in the head. */
  #sign(decision: Decision): void {
    const brokenOff = () => (this.#stream.rstCode ?? NGHTTP2_NO_ERROR) !== NGHTTP2_NO_ERROR || this.#stream.aborted;
    const ends = { brokenOff, trailers: () => [], send: () => undefined };
    const body = new OutboundBody(this.#context, decision, ends);
    const fail = (error: Error) => {
      this.#stream.unpipe(body);
      if (error instanceof Refused) this.#refuse(error.refusal);
      else if (!this.#stream.destroyed) breakOff(this.#stream);
    };
    body.on("error", this.#contained(fail));
    const done = (signed: Decision | Refusal, bytes: Buffer) => {
      if (this.#refused || this.#stream.destroyed) return;
      if (signed.allowed) this.#forward(signed, bytes);
      else this.#refuse(signed);
    };
    this.#stream.pipe(body).pipe(new WholeBody(decision, this.#contained(done)));
  }

  #forward(decision: Decision, whole?: Buffer): void {
    const { upstream: session } = this.#sessions;
    if (session instanceof Error || session.closed || session.destroyed) {
      // The server is leaving and this came too late: the client may safely ask again, on a new connection.
      this.#stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const { asked, target, verdict, detail } = decision;
    const endStream = this.#stream.endAfterHeaders;
    const waitForTrailers = !endStream && whole === undefined;
    const upstream = session.request(headersObject(asked), { endStream, waitForTrailers });
    this.#upstream = upstream;
    this.#secrets = decision.secrets;
    this.#listen(upstream);
    this.#context.report.allowed(target, verdict, detail);
    if (whole !== undefined && !endStream) upstream.end(whole);
    else if (!endStream) this.#sendBody(upstream, decision);
  }

  #sendBody(upstream: ClientHttp2Stream, decision: Decision): void {
    let trailers: readonly Pair[] = [];
    const body = new OutboundBody(this.#context, decision, {
      brokenOff: () => (this.#stream.rstCode ?? NGHTTP2_NO_ERROR) !== NGHTTP2_NO_ERROR || this.#stream.aborted,
      trailers: () => this.#trailers,
      send: (allowed) => {
        trailers = allowed;
      },
    });
    upstream.on(
      "wantTrailers",
      this.#contained(() => upstream.sendTrailers({ ...headersObject({ headers: trailers }) })),
    );
    const fail = (error: Error) => {
      this.#stream.unpipe(body);
      if (error instanceof Refused) this.#refuse(error.refusal);
      else breakOff(upstream);
    };
    body.on("error", this.#contained(fail));
    this.#stream.pipe(body).pipe(upstream);
  }

  #listen(upstream: ClientHttp2Stream): void {
    const stream = this.#stream;
    const contained = this.#contained;
    upstream.on("error", () => undefined);
    // Also told of a 100.
    upstream.on(
      "headers",
      contained((headers) => this.#inform(headers)),
    );
    upstream.once(
      "response",
      contained((headers, flags) => this.#respond(upstream, headers, flags)),
    );
    upstream.once(
      "close",
      contained(() => this.#upstreamClosed(upstream)),
    );
    const leave = () => {
      if (!upstream.closed) breakOff(upstream);
    };
    stream.once("close", contained(leave));
  }

  #inform(received: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const stream = this.#stream;
    const { status, fields } = responseOf(scrubbed(this.#secrets, received));
    const headers = pairsOfHeaders(received);
    const taken = this.#early.take(this.#sessions.scope.target, { status, headers }, () => isIdle(stream));
    if (typeof taken === "object") this.#refuse(taken);
    // 101 doesn't exist in HTTP/2.
    if (taken !== true || stream.headersSent || stream.destroyed || status < 100 || status > 199 || status === 101)
      return;
    try {
      stream.additionalHeaders({ ...fields, ":status": status });
    } catch {
      // It has a field that Node doesn't send. It is only a hint.
    }
  }

  #respond(upstream: ClientHttp2Stream, headers: IncomingHttpHeaders & IncomingHttpStatusHeader, flags: number): void {
    const stream = this.#stream;
    if (stream.headersSent || stream.destroyed) return;
    const { status, fields, bytes } = responseOf(scrubbed(this.#secrets, headers));
    this.#secrets?.answered(status);
    const over = this.#context.meter.download(bytes);
    if (over !== undefined) {
      this.#refuse(refusal(over));
      return;
    }
    const endStream =
      (flags & NGHTTP2_FLAG_END_STREAM) !== 0 || isFinalWithoutBody(status) || this.#told.method === "HEAD";
    const steps = endStream ? [] : answerSteps(this.#secrets, pairsOfHeaders(headers));
    if (steps === undefined) {
      this.#refuse(upstreamFailed(this.#sessions.scope.target, UNREADABLE_ANSWER));
      return;
    }
    // More than the scrub alone: it was packed.
    for (const name of steps.length > 1 ? UNPACKED_FIELDS : []) delete fields[name];
    try {
      stream.respond({ ...fields, ":status": status }, { endStream, waitForTrailers: !endStream });
    } catch {
      this.#refuse(upstreamFailed(this.#sessions.scope.target, "sent a response head that can't be passed on"));
      return;
    }
    if (!endStream) {
      this.#passBody(upstream, steps);
      return;
    }
    upstream.resume();
    this.#sent(upstream);
  }

  #passBody(upstream: ClientHttp2Stream, steps: readonly Transform[]): void {
    const stream = this.#stream;
    let trailers: readonly Pair[] = [];
    const keep = (received: IncomingHttpHeaders) => {
      trailers = trailersOf(pairsOfHeaders(scrubbed(this.#secrets, received)));
    };
    upstream.on("trailers", this.#contained(keep));
    const send = () => {
      stream.sendTrailers({ ...headersObject({ headers: trailers }) });
      this.#sent(upstream);
    };
    stream.on("wantTrailers", this.#contained(send));
    const body = new CountedBody(countDownload(this.#context), () =>
      upstream.rstCode ? new Error("the server broke off") : undefined,
    );
    const fail = (error: Error) => {
      if (error instanceof Refused) this.#refuse(error.refusal);
      else breakOff(stream);
    };
    const all = [body, ...steps];
    for (const each of all) each.on("error", this.#contained(fail));
    all.reduce<Duplex>((from, to) => from.pipe(to), upstream).pipe(stream);
  }

  #upstreamClosed(upstream: ClientHttp2Stream): void {
    const stream = this.#stream;
    const code = upstream.rstCode ?? NGHTTP2_NO_ERROR;
    // An answer of ours is on its way: it was we who broke off.
    if (stream.destroyed || stream.closed || this.#refused) return;
    if (!stream.headersSent) {
      // The server may ask for another try by this code, and promises that it did nothing yet.
      if (code === constants.NGHTTP2_REFUSED_STREAM) stream.close(code);
      else this.#refuse(upstreamFailed(this.#sessions.scope.target, "broke the request off"));
    } else if (code !== NGHTTP2_NO_ERROR) breakOff(stream);
    else if (this.#responded) this.#sent(upstream);
  }

  /** The whole response is on its way. A client that still sends is told that nobody listens any more. */
  #sent(upstream: ClientHttp2Stream): void {
    this.#responded = true;
    const stream = this.#stream;
    if (!upstream.closed || stream.endAfterHeaders || stream.readableEnded) return;
    const close = () => {
      if (!stream.closed) stream.close(NGHTTP2_NO_ERROR);
    };
    setImmediate(this.#contained(close));
  }

  #refuse(refused: Refusal): void {
    const stream = this.#stream;
    this.#refused = true;
    const { target, via } = this.#sessions.scope;
    this.#context.report.denied(target, refused.denied, detailOf(via, this.#told.method, this.#told.path));
    if (this.#upstream?.closed === false) breakOff(this.#upstream);
    const { method } = this.#told;
    answerStream({ stream, method, headers: this.#headers, contained: this.#contained }, refused);
  }
}
