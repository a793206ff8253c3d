// Connects to the first of a few endpoints that answers: a new attempt every 250 ms or as soon as one fails, within one time limit (after
// RFC 8305, so that a broken IPv6 costs 250 ms, not the whole limit). Whatever ends it, every socket but the winner is closed.
import type { NetConnectOpts, Socket } from "node:net";
import { errnoOf } from "../../core/error.js";
import { containment } from "../contained.js";

export type OpenSocket = (options: NetConnectOpts) => Socket;

export interface Attempt<T> {
  readonly socket: Socket;
  readonly endpoint: T;
}

export interface RaceOptions<T> {
  readonly endpoints: readonly T[];
  /** Makes the socket of one attempt. */
  readonly open: (endpoint: T) => Socket;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Errno of the last attempt that failed, `ETIMEDOUT` or `ABORT_ERR`. */
export type Lost = { readonly errno: string };

const STAGGER_MS = 250;

class Race<T> {
  readonly #options: RaceOptions<T>;
  readonly #waiting: T[];
  readonly #open = new Set<Socket>();
  readonly #settle: (end: Attempt<T> | Lost) => void;
  readonly #limit: NodeJS.Timeout;
  #stagger: NodeJS.Timeout | undefined;
  #errno = "EHOSTUNREACH";
  #settled = false;
  readonly #contained = containment(() => this.#finish({ errno: "ECANCELED" }));

  constructor(options: RaceOptions<T>, settle: (end: Attempt<T> | Lost) => void) {
    this.#options = options;
    this.#waiting = [...options.endpoints];
    this.#settle = settle;
    this.#limit = setTimeout(() => this.#finish({ errno: "ETIMEDOUT" }), options.timeoutMs);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    if (options.signal?.aborted) this.#abort();
    else this.#next();
  }

  readonly #abort = this.#contained(() => this.#finish({ errno: "ABORT_ERR" }));

  #next(): void {
    clearTimeout(this.#stagger);
    if (this.#settled) return;
    const endpoint = this.#waiting.shift();
    if (endpoint === undefined) {
      if (this.#open.size === 0) this.#finish({ errno: this.#errno });
      return;
    }
    this.#stagger = setTimeout(() => this.#next(), STAGGER_MS);
    this.#attempt(endpoint);
  }

  #attempt(endpoint: T): void {
    let socket: Socket;
    try {
      socket = this.#options.open(endpoint);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#open.add(socket);
    const failed = (error: Error) => {
      if (this.#open.delete(socket)) this.#failed(error);
    };
    socket.on("error", this.#contained(failed));
    socket.once(
      "connect",
      this.#contained(() => this.#finish({ socket, endpoint })),
    );
  }

  #failed(error: unknown): void {
    this.#errno = errnoOf(error) ?? this.#errno;
    this.#next();
  }

  #finish(end: Attempt<T> | Lost): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#limit);
    clearTimeout(this.#stagger);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    for (const socket of this.#open) if (!("socket" in end) || socket !== end.socket) socket.destroy();
    this.#open.clear();
    this.#settle(end);
  }
}

export function race<T>(options: RaceOptions<T>): Promise<Attempt<T> | Lost> {
  return new Promise((resolve) => {
    new Race(options, resolve);
  });
}
