// What the supervisor does beside a running sandbox: carries connections of its listeners, watches for denied names. A service
// that a plan asks for and that isn't there stops the launch or is told; it is never left out in silence.
import type { Server } from "node:net";
import { CordonError } from "../core/error.js";
import type { Scope } from "../core/scope.js";
import { pipeServer } from "../egress/pipe.js";
import type { EventBus } from "../events/bus.js";
import type { Listener, Plan, Service } from "../plan/types.js";
import { startNameWatch } from "../workspace/watch.js";

export interface ServiceContext {
  readonly plan: Plan;
  readonly bus: EventBus;
  readonly scope: Scope;
  readonly mask: (path: string) => void;
}

export class Services {
  readonly #context: ServiceContext;
  readonly #waiting: Map<string, Listener>;
  readonly #watches: boolean;
  /** Before the masks of the plan are put on. */
  readonly #madeAtMs = Date.now();

  constructor(services: readonly Service[], context: ServiceContext) {
    this.#context = context;
    const listeners = services.flatMap((service) => (service.kind === "pipe-listener" ? [service.listener] : []));
    this.#waiting = new Map(listeners.map((listener) => [listener.id, listener]));
    this.#watches = services.some(({ kind }) => kind === "name-watch");
  }

  /** Every listener has arrived, so the command may start. */
  get ready(): boolean {
    return this.#waiting.size === 0;
  }

  get needsChannel(): boolean {
    return this.#waiting.size > 0;
  }

  accept(id: string, server: Server): void {
    const listener = this.#waiting.get(id);
    if (listener === undefined) {
      server.close();
      throw new CordonError("launch-failed", `cordon-init passed a listener "${id}" that nobody asked for`);
    }
    this.#waiting.delete(id);
    const { bus, scope } = this.#context;
    const { host, port, origin } = listener;
    const close = pipeServer(server, listener.upstream, {
      allowed: () => bus.emit({ type: "network.allowed", host, port, rule: origin }),
      failed: (reason) => bus.emit({ type: "network.denied", host, port, reason: `upstream: ${reason}`, rule: origin }),
    });
    scope.defer(`listener ${id}`, close);
  }

  /** Denied names that appear (or are replaced) on the host during the run are hidden inside as well. */
  startWatch(): void {
    const { plan, mask, scope } = this.#context;
    if (!this.#watches) return;
    const watch = startNameWatch(plan, mask, { masksSinceMs: this.#madeAtMs });
    scope.defer("name watch", () => watch.stop());
  }
}
