// What the supervisor does beside a running sandbox: the egress path behind its listeners, the watch for denied names. A service that a
// plan asks for and that isn't there stops the launch or is told; it is never left out in silence.
import type { Socket as UdpSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import { CordonError } from "../core/error.js";
import type { Scope } from "../core/scope.js";
import type { Egress } from "../egress/egress.js";
import type { EventBus } from "../events/bus.js";
import type { Listener, Plan, Service } from "../plan/types.js";
import { startNameWatch } from "../workspace/watch.js";
import { InsideDials } from "./dials.js";
import type { RunEgress } from "./egress.js";
import type { Traffic } from "./service.js";

/** What cordon-init passes over its channel: a listener, or a connection into the sandbox that was asked for. */
export type Handle = Server | UdpSocket | Socket;

export interface ServiceContext {
  readonly plan: Plan;
  readonly bus: EventBus;
  readonly scope: Scope;
  readonly egress: RunEgress | undefined;
  readonly mask: (path: string) => void;
  /** Asks cordon-init for a connection to a port inside. */
  readonly dial: (id: number, port: number) => void;
}

export class Services {
  readonly #context: ServiceContext;
  readonly #waiting: Map<string, Listener>;
  readonly #watches: boolean;
  readonly #egress: Egress | undefined;
  readonly #dials: InsideDials;
  /** Before the masks of the plan are put on. */
  readonly #madeAtMs = Date.now();

  constructor(services: readonly Service[], context: ServiceContext) {
    const { plan, bus, scope, egress, dial } = context;
    this.#context = context;
    const asked = services.some(({ kind }) => kind === "egress");
    if (asked && egress === undefined) throw new CordonError("internal", "the plan has a network and the run hasn't");
    this.#waiting = new Map(asked ? plan.network.listeners.map((listener) => [listener.id, listener]) : []);
    this.#watches = services.some(({ kind }) => kind === "name-watch");
    this.#egress = asked ? egress?.open((draft) => bus.emit(draft)) : undefined;
    this.#dials = new InsideDials(dial);
    if (egress !== undefined) scope.defer("sockets", () => egress.close());
    if (this.#egress !== undefined) scope.defer("egress", () => this.#egress?.close());
    scope.defer("dials", () => this.#dials.close());
  }

  /** Every listener has arrived, so the command may start. */
  get ready(): boolean {
    return this.#waiting.size === 0;
  }

  get needsChannel(): boolean {
    return this.#egress !== undefined;
  }

  accept(id: string, handle: Handle): void {
    if (this.#dials.take(id, handle)) return;
    const listener = this.#waiting.get(id);
    if (listener === undefined || this.#egress === undefined) {
      if (isConnection(handle)) handle.destroy();
      else handle.close();
      throw new CordonError("launch-failed", `cordon-init passed a listener "${id}" that nobody asked for`);
    }
    this.#waiting.delete(id);
    if (isConnection(handle)) throw new CordonError("launch-failed", `cordon-init passed a connection for "${id}"`);
    this.#egress.accept(listener, handle);
  }

  dialFailed(id: number, errno: number): void {
    this.#dials.fail(id, errno);
  }

  get traffic(): Traffic {
    return this.#egress?.traffic ?? { connections: 0, uploadedBytes: 0, downloadedBytes: 0 };
  }

  /** The sandbox is built. */
  stands(): void {
    this.#context.egress?.stands();
  }

  /** Ports of the sandbox appear on the host's loopback, before the command starts. */
  async publish(): Promise<void> {
    for (const published of this.#context.plan.network.publish)
      await this.#egress?.publish({ ...published, dialInside: (port) => this.#dials.dial(port) });
  }

  /** Denied names that appear (or are replaced) on the host during the run are hidden inside as well. */
  startWatch(): void {
    const { plan, mask, scope } = this.#context;
    if (!this.#watches) return;
    const watch = startNameWatch(plan, mask, { masksSinceMs: this.#madeAtMs });
    scope.defer("name watch", () => watch.stop());
  }
}

function isConnection(handle: Handle): handle is Socket {
  return "resetAndDestroy" in handle;
}
