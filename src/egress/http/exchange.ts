// One HTTP/1 request and its response: read, judged, sent on over a connection of the dialer's, answered. Head and body are written anew
// by Node from what was parsed; bytes of the client never go on as they are.
import { type ClientRequest, type IncomingMessage, request as makeRequest, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { containment } from "../contained.js";
import { afterBody, answer, parsedHead, type Told, tell, UNREADABLE } from "./answering.js";
import { OutboundBody } from "./body.js";
import type { Connection } from "./connection.js";
import type { Decision } from "./decision.js";
import { type Early, EarlyAnswers, passEarly } from "./early.js";
import { bytesOf, flat, trailersOf } from "./headers.js";
import { judgeHead } from "./judging.js";
import { type Refusal, Refused, refusal, upstreamFailed } from "./refusal.js";
import { passBody, passHead } from "./respond.js";
import { answerFields, answerSteps, UNREADABLE_ANSWER, WholeBody, withSecrets } from "./secrets.js";
import { type GateContext, MAX_HEAD_BYTES } from "./types.js";
import { failureOf } from "./upstream.js";
import { type ParsedHead, pairsOf, valuesOf } from "./wellformed.js";

/** Takes both sides over once the upstream agreed to switch to the WebSocket protocol. */
export type Switch = (head: IncomingMessage, upstream: Duplex, first: Buffer) => void;

export interface Messages {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly onSwitch?: (decision: Decision) => Switch;
}

export class Exchange {
  readonly #context: GateContext;
  readonly #connection: Connection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #onSwitch: ((decision: Decision) => Switch) | undefined;
  readonly #head: ParsedHead;
  readonly #early: EarlyAnswers;
  readonly #contained = containment(() => this.#broken());
  #told: Told = { target: UNREADABLE, method: "", path: "" };
  #answered = false;
  #upstream: ClientRequest | undefined;

  constructor(context: GateContext, connection: Connection, messages: Messages) {
    this.#context = context;
    this.#connection = connection;
    this.#request = messages.request;
    this.#response = messages.response;
    this.#onSwitch = messages.onSwitch;
    this.#head = parsedHead(messages.request);
    this.#early = new EarlyAnswers(context);
  }

  /** Ends when the response is sent or the client is gone. */
  run(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#response.once("close", this.#contained(resolve)));
    this.#response.once(
      "finish",
      this.#contained(() => this.#finished()),
    );
    this.#response.on("error", () => undefined);
    // An error of it is the client's leaving, which its socket tells as well.
    this.#request.on("error", () => undefined);
    const switches = this.#onSwitch !== undefined;
    const know = (told: Told) => {
      this.#told = told;
    };
    this.#contained(() => {
      const decision = judgeHead(this.#context, this.#connection, { head: this.#head, switches, know });
      if (!decision.allowed) this.#refuse(decision);
      else withSecrets(this.#context, decision, { contained: this.#contained, go: (ready) => this.#go(ready) });
    })();
    return ended;
  }

  #go(ready: Decision | Refusal): void {
    // The client may have left while a secret was asked for.
    if (this.#connection.gone.aborted) this.#response.destroy();
    else if (ready.allowed && ready.secrets?.signsBody === true) this.#sign(ready);
    else if (ready.allowed) this.#forward(ready, (upstream) => this.#sendBody(upstream, ready));
    else this.#refuse(ready);
  }

  /** The body first: what is said of it stands in the head. */
  #sign(decision: Decision): void {
    const ends = { brokenOff: () => !this.#request.complete, trailers: () => [], send: () => undefined };
    const body = new OutboundBody(this.#context, decision, ends);
    body.on(
      "error",
      this.#contained((error) => {
        this.#request.unpipe(body);
        if (error instanceof Refused) this.#refuse(error.refusal);
        else this.#connection.socket.destroy();
      }),
    );
    const done = this.#contained((signed: Decision | Refusal, bytes: Buffer) => {
      if (this.#answered) return;
      if (signed.allowed) this.#forward(signed, (upstream) => upstream.end(bytes));
      else this.#refuse(signed);
    });
    if (valuesOf(decision.asked.headers, "expect").length > 0) this.#response.writeContinue();
    this.#request.pipe(body).pipe(new WholeBody(decision, done));
  }

  #forward(decision: Decision, send: (upstream: ClientRequest) => void): void {
    const { target, verdict, asked } = decision;
    const upstream = makeRequest({
      agent: this.#connection.agentFor(target, verdict),
      host: target.host,
      port: target.port,
      method: asked.method,
      path: asked.path,
      headers: flat(asked.headers),
      setHost: false,
      // Whatever flags Node was started with.
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    this.#upstream = upstream;
    this.#listen(upstream, decision);
    upstream.once(
      "socket",
      this.#contained(() => this.#context.report.allowed(target, verdict, decision.detail)),
    );
    send(upstream);
  }

  #listen(upstream: ClientRequest, decision: Decision): void {
    const contained = this.#contained;
    const fail = contained((error?: Error) => this.#fail(decision, error));
    upstream.on("error", fail);
    upstream.on("close", fail);
    // Also told of a 100.
    upstream.on(
      "information",
      contained(({ statusCode, rawHeaders }) =>
        this.#inform({ status: statusCode, headers: answerFields(decision.secrets, pairsOf(rawHeaders), false) }),
      ),
    );
    upstream.on(
      "response",
      contained((message) => this.#respond(message, decision)),
    );
    upstream.on(
      "upgrade",
      contained((message, socket, first) => this.#switched(decision, message, socket, first)),
    );
    const leave = contained(() => upstream.destroy());
    this.#connection.gone.addEventListener("abort", leave, { once: true });
    this.#response.once(
      "close",
      contained(() => {
        this.#connection.gone.removeEventListener("abort", leave);
        if (!this.#response.writableFinished) leave();
      }),
    );
  }

  #inform(early: Early): void {
    const response = this.#response;
    const taken = this.#early.take(this.#told.target, early, () => response.writableLength === 0);
    if (typeof taken === "object") this.#refuse(taken);
    else if (taken && !response.headersSent && this.#head.version === "1.1") passEarly(response, early);
  }

  #switched(decision: Decision, message: IncomingMessage, socket: Duplex, first: Buffer): void {
    this.#answered = true;
    const agreed = message.headers.upgrade?.toLowerCase() === "websocket";
    if (this.#onSwitch !== undefined && agreed) this.#onSwitch(decision)(message, socket, first);
    else {
      socket.destroy();
      this.#refuse(upstreamFailed(decision.target, "switched to a protocol that wasn't asked for"));
    }
  }

  #sendBody(upstream: ClientRequest, decision: Decision): void {
    const { headers } = decision.asked;
    const chunked = valuesOf(headers, "transfer-encoding").length > 0;
    const body = new OutboundBody(this.#context, decision, {
      brokenOff: () => !this.#request.complete,
      trailers: () => (chunked ? trailersOf(pairsOf(this.#request.rawTrailers)) : []),
      send: (trailers) => {
        if (trailers.length > 0) upstream.addTrailers(trailersOf(trailers));
      },
    });
    body.on(
      "error",
      this.#contained((error) => {
        this.#request.unpipe(body);
        upstream.destroy();
        if (error instanceof Refused) this.#refuse(error.refusal);
        else this.#connection.socket.destroy();
      }),
    );
    if (chunked || Number(valuesOf(headers, "content-length")[0] ?? 0) > 0) upstream.flushHeaders();
    this.#request.pipe(body).pipe(upstream);
  }

  #respond(message: IncomingMessage, { secrets, asked }: Decision): void {
    // The first of all: what the body is looked through for depends on it.
    secrets?.answered(message.statusCode ?? 0);
    const hasBody = asked.method !== "HEAD" && message.statusCode !== 204 && message.statusCode !== 304;
    const received = pairsOf(message.rawHeaders);
    const steps = hasBody ? answerSteps(secrets, received) : [];
    const headers = answerFields(secrets, received, hasBody);
    const response = this.#response;
    const counted = this.#context.meter.download(bytesOf(received));
    if (this.#answered || counted !== undefined) {
      message.destroy();
      if (counted !== undefined) this.#refuse(refusal(counted));
      return;
    }
    if (steps === undefined) {
      message.destroy();
      this.#refuse(upstreamFailed(this.#told.target, UNREADABLE_ANSWER));
      return;
    }
    this.#answered = true;
    if (!passHead(message, headers, { response, secrets })) {
      message.destroy();
      this.#refuse(upstreamFailed(this.#told.target, "sent a response head that can't be passed on"));
      return;
    }
    const ended = (error: unknown) => {
      if (error instanceof Error) this.#connection.socket.destroy();
      if (error instanceof Refused) tell(this.#context, this.#connection, this.#told, error.refusal);
    };
    passBody(this.#context, { message, response, steps, secrets }, { contained: this.#contained, ended });
  }

  #fail(decision: Decision, error: unknown): void {
    if (this.#answered) {
      this.#drain();
      return;
    }
    // The server closed a connection that had served before, as it may. The client sees the same and knows whether to repeat.
    if (this.#upstream?.reusedSocket === true && !(error instanceof Refused)) this.#connection.socket.destroy();
    else this.#refuse(failureOf(decision.target, error).refusal);
  }

  #refuse(refused: Refusal): void {
    const told = this.#answered && this.#response.writableEnded;
    this.#answered = true;
    this.#upstream?.destroy();
    if (told || this.#connection.gone.aborted) return;
    tell(this.#context, this.#connection, this.#told, refused);
    this.#request.unpipe();
    answer(this.#request, this.#response, refused);
  }

  /** A bug of ours, or something that Node can't send on: nothing more of this connection can be trusted to be complete. */
  #broken(): void {
    this.#answered = true;
    this.#upstream?.destroy();
    this.#connection.broken(this.#told);
  }

  /** The response is out while the client still sends: an upstream that listens gets the rest. */
  #finished(): void {
    if (!this.#request.complete && this.#upstream?.destroyed !== false) this.#drain();
  }

  /** Nobody wants the rest of the body: it is dropped for a moment, then the connection. */
  #drain(): void {
    if (this.#request.complete || !this.#response.writableEnded) return;
    this.#request.unpipe();
    afterBody(this.#request, () => {
      if (!this.#request.complete) this.#connection.socket.destroy();
    });
  }
}
