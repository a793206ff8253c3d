// One client connection of the gate: what its requests may go to, its upstream connection, and the order of its requests. It must never
// let two requests run at a time, nor keep anything once the client is gone.
import type { Duplex } from "node:stream";
import { containment } from "../contained.js";
import { internalError } from "../decide/advice.js";
import type { Allowed, Denied, Target, Via } from "../types.js";
import { type Told, tell, UNREADABLE } from "./answering.js";
import { refusal } from "./refusal.js";
import { type GateContext, HEAD_TIMEOUT_MS, MAX_PIPELINED, MAX_PIPELINED_BYTES } from "./types.js";
import { openPlain, openSecure, UpstreamAgent } from "./upstream.js";

/** What is known of a connection before its first request; at the proxy listener only the request says where to. */
export type Scope =
  | { readonly kind: "plain" | "inspected"; readonly target: Target; readonly via: Via; readonly verdict: Allowed }
  | { readonly kind: "proxy" };

export class Connection {
  readonly scope: Scope;
  readonly via: Via;
  readonly socket: Duplex;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  readonly #context: GateContext;
  readonly #leaving = new AbortController();
  readonly #headTimer: NodeJS.Timeout;
  #agent: { readonly key: string; readonly agent: UpstreamAgent } | undefined;
  /** Opened before the first request, to learn what the upstream speaks. */
  #ready: (() => Promise<Duplex>) | undefined;
  #release: (() => void) | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #waitingBytes = 0;
  #isBroken = false;
  /** For everything that comes from outside to this connection. */
  readonly contained = containment(() => this.broken());

  constructor(context: GateContext, scope: Scope, socket: Duplex, ready?: () => Promise<Duplex>) {
    this.#context = context;
    this.scope = scope;
    this.via = scope.kind === "proxy" ? "http-proxy" : scope.via;
    this.socket = socket;
    this.gone = this.#leaving.signal;
    this.#ready = ready;
    this.#headTimer = setTimeout(() => socket.destroy(), HEAD_TIMEOUT_MS);
    socket.on("error", () => undefined);
    socket.once(
      "close",
      this.contained(() => this.#close()),
    );
    if (socket.destroyed) this.#close();
  }

  /** Requests are running or waiting. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Runs requests one after the other. How many wait, and what their heads hold, is bounded: who sends more without reading answers is
   * cut off. One that doesn't wait may be as long as any.
   */
  enqueue(headBytes: number, work: () => Promise<void>): void {
    this.begun();
    if (this.gone.aborted) return;
    const bytes = this.#waitingBytes + headBytes;
    if (this.#waiting >= MAX_PIPELINED || (this.#waiting > 0 && bytes > MAX_PIPELINED_BYTES)) {
      this.socket.destroy();
      return;
    }
    this.#waiting += 1;
    this.#waitingBytes = bytes;
    this.#last = this.#last
      .then(() => (this.gone.aborted ? undefined : work()))
      // Nothing that fails in one request may stay without an end.
      .catch(this.contained(() => this.broken()))
      .then(() => {
        this.#waiting -= 1;
        this.#waitingBytes -= headBytes;
      });
  }

  /** Something of ours failed with it: it ends, and that is told once. */
  broken(told?: Told): void {
    this.socket.destroy();
    if (this.#isBroken) return;
    this.#isBroken = true;
    const target = this.scope.kind === "proxy" ? UNREADABLE : this.scope.target;
    tell(this.#context, this, told ?? { target, method: "", path: "" }, refusal(internalError()));
  }

  /** A first request came. */
  begun(): void {
    clearTimeout(this.#headTimer);
  }

  /** A place among the run's connections; captured ones got theirs before they came here. */
  place(): Denied | undefined {
    if (this.scope.kind !== "proxy" || this.#release !== undefined) return undefined;
    const place = this.#context.meter.connection();
    if (!place.allowed) return place;
    this.#release = place.release;
    if (this.gone.aborted) this.#giveBack();
    return undefined;
  }

  /** Keeps the upstream connection of the last target only. */
  agentFor(target: Target, verdict: Allowed): UpstreamAgent {
    const key = `${target.host} ${target.port}`;
    if (this.#agent?.key === key) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const way = { target, verdict, signal: this.gone };
    const open = async () => {
      const ready = this.#ready;
      this.#ready = undefined;
      const opened = await ready?.();
      if (opened?.destroyed === false) return opened;
      return this.scope.kind === "inspected"
        ? openSecure(this.#context, way, ["http/1.1"])
        : openPlain(this.#context, way);
    };
    const agent = new UpstreamAgent(open, this.contained);
    this.#agent = { key, agent };
    return agent;
  }

  #close(): void {
    clearTimeout(this.#headTimer);
    this.#leaving.abort();
    this.#agent?.agent.destroy();
    this.#giveBack();
  }

  #giveBack(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
