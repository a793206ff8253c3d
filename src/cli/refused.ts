// What was refused during a run, as the few lines that the user sees at the end. It keeps some names and a count, whatever the command
// does.
import { printable } from "../core/text.js";
import type { Event } from "../events/types.js";

const SHOWN = 3;

/** How often, and the first few names. */
class Tally {
  readonly #names = new Set<string>();
  #count = 0;

  add(name: string): void {
    this.#count += 1;
    if (this.#names.size <= SHOWN) this.#names.add(name);
  }

  /** `one`: what a single one was, without its name. */
  line(one: string, many: string): readonly string[] {
    if (this.#count === 0) return [];
    const names = [...this.#names].slice(0, SHOWN).map((name) => printable(name, 200));
    const more = this.#names.size > SHOWN ? ", …" : "";
    return [`${this.#count === 1 ? `1 ${one}` : `${this.#count} ${many}`} refused: ${names.join(", ")}${more}`];
  }
}

export class Refusals {
  readonly #changes = new Tally();
  readonly #sockets = new Tally();
  readonly #hosts = new Tally();

  see(event: Event): void {
    if (event.type === "file.protected" && event.action === "refused") {
      (event.operation === "connect" ? this.#sockets : this.#changes).add(event.path);
    } else if (event.type === "network.denied" && event.via !== "publish") {
      this.#hosts.add(`${event.host}:${event.port}`);
    } else if (event.type === "dns.denied") {
      this.#hosts.add(event.name);
    }
  }

  lines(): readonly string[] {
    return [
      ...this.#changes.line("change to a protected name was", "changes to protected names were"),
      ...this.#sockets.line(
        "connection to a socket of this computer was",
        "connections to sockets of this computer were",
      ),
      ...this.#hosts.line("connection or name was", "connections or names were"),
    ];
  }
}
