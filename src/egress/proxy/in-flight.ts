// Connections of a sandbox whose last bytes may still be on their way when it ends: what a program sent before it exited arrives, as it
// would without a sandbox. It must never wait longer than it is told.
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 5;

export class InFlight {
  /** Upstreams by client; none yet while it is judged or dialled. */
  readonly #open = new Map<Socket, Socket | undefined>();

  add(client: Socket): void {
    if (client.destroyed || this.#open.has(client)) return;
    this.#open.set(client, undefined);
    client.once("close", () => this.#open.delete(client));
  }

  leadsTo(client: Socket, upstream: Socket): void {
    if (this.#open.has(client)) this.#open.set(client, upstream);
  }

  /** Once everything that clients sent is given to the kernel, or the time is over. */
  async landed(limitMs: number): Promise<void> {
    const signal = AbortSignal.timeout(limitMs);
    while (!signal.aborted && [...this.#open].some(([client, upstream]) => isFlying(client, upstream)))
      await pause(LOOK_MS);
  }
}

/** All programs are dead by then: each client has sent its last, even if that wasn't read yet. */
function isFlying(client: Socket, upstream: Socket | undefined): boolean {
  if (client.destroyed) return false;
  if (upstream === undefined) return true;
  return !upstream.destroyed && !upstream.writableFinished;
}
