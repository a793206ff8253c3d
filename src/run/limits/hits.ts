// Limits that were reached, as events. A limit that is reached again and again is told of now and then, with how often; nothing is
// forgotten. It remembers what the user has to be told at the end.

import type { EventBus } from "../../events/bus.js";
import type { EventBodies } from "../../events/types.js";
import { readProcess } from "../usage/processes.js";

export type Hit = EventBodies["limit.hit"];

interface Held {
  toldAtMs: number;
  times: number;
  last: Hit;
}

export class Hits {
  readonly #bus: EventBus;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Held>();

  constructor(bus: EventBus, now: () => number = Date.now) {
    this.#bus = bus;
    this.#now = now;
  }

  /** `everyMs`: at most one event of this limit and action in so long. */
  tell(hit: Hit, times = 1, everyMs = 0): void {
    const key = `${hit.limit} ${hit.action}`;
    const held = this.#kinds.get(key) ?? { toldAtMs: Number.NEGATIVE_INFINITY, times: 0, last: hit };
    this.#kinds.set(key, held);
    held.times += times;
    held.last = hit;
    if (this.#now() - held.toldAtMs >= everyMs) this.#emit(held);
  }

  /** What was held back. */
  flush(): void {
    for (const held of this.#kinds.values()) if (held.times > 0) this.#emit(held);
  }

  /** By the first of these actions that was told. */
  last(limit: string, ...actions: readonly Hit["action"][]): Hit | undefined {
    const kind = actions.map((action) => this.#kinds.get(`${limit} ${action}`)).find((held) => held !== undefined);
    return kind?.last;
  }

  #emit(held: Held): void {
    const { times } = held;
    held.times = 0;
    held.toldAtMs = this.#now();
    this.#bus.emit({ type: "limit.hit", ...held.last, ...(times > 1 ? { times } : {}) });
  }
}

export interface Culprit {
  readonly pid: number;
  readonly program: string;
}

/** For an event: nothing when nobody is known. */
export function byWhom(culprit: Culprit | undefined): { readonly pid?: number; readonly program?: string } {
  if (culprit === undefined) return {};
  // It may have been seen before it became the program that it is.
  return { pid: culprit.pid, program: readProcess(culprit.pid, 1)?.program ?? culprit.program };
}

/** `(python3, pid 123)`, with a space before it. */
export function inBrackets({ pid, program }: { readonly pid?: number; readonly program?: string }): string {
  if (program === undefined) return "";
  return pid === undefined ? ` (${program})` : ` (${program}, pid ${pid})`;
}
