// Connections from the supervisor into the sandbox, made by cordon-init because only it can: asked for by a control line, answered by a
// socket on its channel. It must never hold more than a bounded number of unanswered ones.
import { Socket } from "node:net";
import { errnoName } from "./outcome.js";
import type { Handle } from "./services.js";

const MAX_WAITING = 200;
/** cordon-init gives up after 5 seconds itself. */
const TIMEOUT_MS = 10_000;
const PREFIX = "dial:";

interface Waiting {
  readonly resolve: (socket: Socket) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class InsideDials {
  readonly #ask: (id: number, port: number) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(ask: (id: number, port: number) => void) {
    this.#ask = ask;
  }

  dial(port: number): Promise<Socket> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new Error("too many connections are being made"));
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id)?.reject(new Error("no answer in time")), TIMEOUT_MS).unref();
      this.#waiting.set(id, { resolve, reject, timer });
      this.#ask(id, port);
    });
  }

  /** Whether a handle is the answer to a dial; one that nobody waits for any more is closed. */
  take(id: string, handle: Handle): boolean {
    if (!id.startsWith(PREFIX)) return false;
    if (!(handle instanceof Socket)) return false;
    const waiting = this.#settle(Number(id.slice(PREFIX.length)));
    if (waiting === undefined) handle.destroy();
    else waiting.resolve(handle);
    return true;
  }

  fail(id: number, errno: number): void {
    this.#settle(id)?.reject(new Error(errnoName(errno)));
  }

  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Error("the run has ended"));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting !== undefined) clearTimeout(waiting.timer);
    return waiting;
  }
}
