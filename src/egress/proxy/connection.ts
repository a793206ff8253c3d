// Where every connection that leaves a sandbox comes together, whichever way it came: judged, counted, carried or refused with a reason.
// An error in one connection must never reach another, and a connection that nobody allowed must never be dialled.
import type { Socket } from "node:net";
import { containment } from "../contained.js";
import { internalError } from "../decide/advice.js";
import type { Denied, Target, Via } from "../types.js";
import { peek } from "./peek.js";
import { refuse } from "./refuse.js";
import { type ConnectionContext, FIRST_BYTES_MS, type Refusal, Route } from "./route.js";

/** Refused connections whose first bytes are awaited, to tell them why; above this they are reset at once. */
const MAX_REFUSING = 256;
/** Where a server might have to speak first, a client that waits isn't waited for long. */
const REFUSED_FIRST_MS = 2_000;

export interface TakeOptions {
  /** Bytes of the client that were read already. */
  readonly early?: Buffer;
  /**
   * Tells the client in its own protocol, once, how it went; after a denial it ends the connection. It is told of success as soon as
   * the upstream stands, or at once where each request makes its own.
   */
  readonly greet?: (denied: Denied | undefined) => void;
}

interface Arrival {
  readonly socket: Socket;
  readonly target: Target;
  readonly via: Via;
  greet: ((denied: Denied | undefined) => void) | undefined;
}

export class Connections {
  readonly #context: ConnectionContext;
  readonly #open = new Set<Socket>();
  #refusing = 0;
  #closed = false;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  /** Never throws; the socket is in good hands from here on. */
  take(socket: Socket, target: Target, via: Via, options: TakeOptions = {}): void {
    if (!this.#hold(socket)) return;
    const arrival: Arrival = { socket, target, via, greet: options.greet };
    void this.#carry(arrival, options.early).catch(() => this.#broken(arrival));
  }

  /** Ends a connection that has no target to be judged, or one that is refused for another reason. */
  deny(socket: Socket, target: Target, via: Via, denied: Denied): void {
    if (!this.#hold(socket)) return;
    const arrival: Arrival = { socket, target, via, greet: undefined };
    void this.#deny(arrival, { denied }).catch(() => this.#broken(arrival));
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy();
  }

  #hold(socket: Socket): boolean {
    socket.on("error", () => undefined);
    if (this.#closed) socket.destroy();
    if (socket.destroyed) return false;
    this.#open.add(socket);
    this.#context.inFlight?.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return true;
  }

  async #carry(arrival: Arrival, early: Buffer | undefined): Promise<void> {
    const { socket, target, via } = arrival;
    if (early !== undefined && early.length > 0) socket.unshift(early);
    const verdict = this.#context.judge.target(target);
    if (!verdict.allowed) return this.#deny(arrival, { denied: verdict });
    const place = this.#context.meter.connection();
    if (!place.allowed) return this.#deny(arrival, { denied: place });
    const leaving = new AbortController();
    const left = () => {
      place.release();
      leaving.abort();
    };
    socket.once("close", containment(() => this.#broken(arrival))(left));
    const greet = arrival.greet === undefined ? undefined : () => this.#greet(arrival, undefined);
    const passage = { socket, target, via, verdict, signal: leaving.signal, greet };
    const refusal = await new Route(this.#context, passage).run();
    if (refusal !== undefined) await this.#deny(arrival, refusal);
  }

  /** At most once; false when there is nothing to greet with any more. */
  #greet(arrival: Arrival, denied: Denied | undefined): boolean {
    const { greet } = arrival;
    arrival.greet = undefined;
    greet?.(denied);
    return greet !== undefined;
  }

  async #deny(arrival: Arrival, { denied, seen }: Refusal): Promise<void> {
    const { socket, target, via } = arrival;
    if (socket.destroyed && denied.code === "unreachable") return;
    this.#context.report.denied(target, denied, { via });
    if (this.#greet(arrival, denied)) return;
    if (seen !== undefined || this.#refusing >= MAX_REFUSING) {
      refuse(socket, denied, seen ?? "raw");
      return;
    }
    this.#refusing += 1;
    try {
      const limitMs = this.#context.firstBytesMs ?? FIRST_BYTES_MS;
      const web = target.port === 80 || target.port === 443;
      const first = await peek(socket, { firstMs: web ? limitMs : REFUSED_FIRST_MS, restMs: limitMs }).result;
      refuse(socket, denied, first.kind);
    } finally {
      this.#refusing -= 1;
    }
  }

  /** A bug of ours is a denial, too. */
  #broken({ socket, target, via }: Arrival): void {
    socket.resetAndDestroy();
    try {
      this.#context.report.denied(target, internalError(), { via });
    } catch {
      // Nobody is left to be told.
    }
  }
}
