// What the guard refused during a run, as the one line that the user sees at the end. It keeps a few names and a count, whatever the
// command does.
import { printable } from "../core/text.js";
import type { Event } from "../events/types.js";

const SHOWN = 3;

export class RefusedChanges {
  readonly #paths = new Set<string>();
  #count = 0;

  see(event: Event): void {
    if (event.type !== "file.protected" || event.action !== "refused") return;
    this.#count += 1;
    if (this.#paths.size <= SHOWN) this.#paths.add(event.path);
  }

  summary(): string | undefined {
    if (this.#count === 0) return undefined;
    const paths = [...this.#paths];
    const names = paths.slice(0, SHOWN).map((path) => printable(path, 200));
    const more = paths.length > SHOWN ? ", …" : "";
    const changes =
      this.#count === 1
        ? "1 change to a protected name was refused"
        : `${this.#count} changes to protected names were refused`;
    return `${changes}: ${names.join(", ")}${more}`;
  }
}
