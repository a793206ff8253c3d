// What a run has refused so far, for `cordon ps` and `top`. It keeps a count and the last few, whatever the command does.
import type { Event } from "../../events/types.js";

export interface Denial {
  readonly time: string;
  readonly what: string;
}

const KEPT = 5;
const MAX_TEXT = 300;

export class Tally {
  #count = 0;
  readonly #last: Denial[] = [];

  see(event: Event): void {
    const what = denialOf(event);
    if (what === undefined) return;
    this.#count += 1;
    this.#last.push({ time: event.time, what: what.slice(0, MAX_TEXT) });
    if (this.#last.length > KEPT) this.#last.shift();
  }

  get count(): number {
    return this.#count;
  }

  get last(): readonly Denial[] {
    return [...this.#last];
  }
}

/** Names as they came from inside: to be escaped before they are shown. */
function denialOf(event: Event): string | undefined {
  switch (event.type) {
    case "network.denied":
      return `${event.host}:${event.port}`;
    case "dns.denied":
      return event.name;
    case "file.protected":
      return event.action === "refused" ? `${event.operation} ${event.path}` : undefined;
    case "limit.hit":
      return event.action === "refused" ? `limit ${event.limit}` : undefined;
    default:
      return undefined;
  }
}
