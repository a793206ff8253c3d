// Reads the first bytes of a connection without losing them: afterwards they stand in the socket again and it is paused. It must never
// wait without a limit once a byte came, nor hold more than FirstBytes does.
import type { Socket } from "node:net";
import { containment } from "../contained.js";
import { FirstBytes, type Protocol } from "./first-bytes.js";

export type Peeked =
  /** `rest`: bytes that could not be put back, since the client's end came with them. */
  | (Protocol & { readonly rest?: Buffer })
  /** The client ended without a byte. */
  | { readonly kind: "empty" }
  /** Too slow, or gone. */
  | { readonly kind: "slow" }
  | { readonly kind: "closed" };

export interface PeekLimits {
  /** Until the first byte; undefined: as long as the connection stands (the server may speak first). */
  readonly firstMs?: number;
  /** From the first byte until the protocol is known. */
  readonly restMs: number;
}

export interface Peek {
  readonly result: Promise<Peeked>;
  /** Whether a byte came; the protocol may still be unknown. */
  readonly begun: boolean;
  /** Called once with the first byte. */
  onBegin: (() => void) | undefined;
}

class Peeking implements Peek {
  readonly result: Promise<Peeked>;
  onBegin: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #limits: PeekLimits;
  readonly #first = new FirstBytes();
  #chunks: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #settle: (peeked: Peeked) => void = () => undefined;

  constructor(socket: Socket, limits: PeekLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    if (socket.destroyed) this.#settle({ kind: "closed" });
    else if (socket.readableEnded) this.#settle({ kind: "empty" });
    else this.#listen();
  }

  get begun(): boolean {
    return this.#first.size > 0;
  }

  #listen(): void {
    if (this.#limits.firstMs !== undefined) this.#limit(this.#limits.firstMs);
    this.#socket.on("data", this.#data).once("end", this.#end).once("close", this.#close);
    this.#socket.resume();
  }

  #limit(timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish({ kind: "slow" }), timeoutMs);
  }

  readonly #contained = containment(() => this.#finish({ kind: "malformed", why: "an internal error" }));

  readonly #data = this.#contained((chunk: Buffer): void => {
    if (!this.begun) this.#limit(this.#limits.restMs);
    const wasBegun = this.begun;
    this.#chunks.push(chunk);
    const protocol = this.#first.push(chunk);
    if (protocol !== undefined) this.#finish(protocol);
    if (!wasBegun) this.onBegin?.();
  });

  readonly #end = this.#contained((): void => {
    if (!this.begun) this.#finish({ kind: "empty" });
    else this.#finish({ ...this.#first.end(), rest: Buffer.concat(this.#chunks) });
  });

  readonly #close = this.#contained(() => this.#finish({ kind: "closed" }));

  #finish(peeked: Peeked): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    socket.off("data", this.#data).off("end", this.#end).off("close", this.#close);
    socket.pause();
    // At once: an end that comes while the socket holds bytes waits for them to be read.
    if (this.#chunks.length > 0 && !socket.readableEnded && !socket.destroyed) {
      socket.unshift(Buffer.concat(this.#chunks));
    }
    this.#chunks = [];
    this.#settle(peeked);
  }
}

export function peek(socket: Socket, limits: PeekLimits): Peek {
  return new Peeking(socket, limits);
}

/** Whether the client says something (or ends) within the time. */
export function begins(seeing: Peek, graceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(seeing.begun), graceMs);
    const settle = () => {
      clearTimeout(timer);
      resolve(true);
    };
    seeing.onBegin = settle;
    void seeing.result.then(settle);
  });
}
