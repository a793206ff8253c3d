// Placeholders of a home that outlasts the run: the same key has the same one in each run of it, since programs remember what they were
// told of a key. One is worth nothing outside of those runs. For its owner's eyes only, beside the logins of that home.
import { mkdirSync } from "node:fs";
import { posix } from "node:path";
import { readDocument } from "./oauth/document.js";
import { makePlaceholder, standsFor } from "./placeholder.js";
import { readPrivate, replacePrivate } from "./private-file.js";

export class KeptPlaceholders {
  readonly #path: string;
  readonly #known: Map<string, string>;

  constructor(path: string) {
    this.#path = path;
    const written = Object.entries(readDocument(readPrivate(path) ?? "") ?? {});
    this.#known = new Map(written.flatMap(([name, text]) => (typeof text === "string" ? [[name, text] as const] : [])));
  }

  /** Undefined: the key is too short for one. */
  of(name: string, value: string): string | undefined {
    const known = this.#known.get(name);
    if (known !== undefined && standsFor(known, value)) return known;
    const made = makePlaceholder(value);
    if (made !== undefined) this.#keep(name, made);
    return made;
  }

  #keep(name: string, placeholder: string): void {
    this.#known.set(name, placeholder);
    mkdirSync(posix.dirname(this.#path), { recursive: true, mode: 0o700 });
    replacePrivate(this.#path, `${JSON.stringify(Object.fromEntries(this.#known))}\n`);
  }
}
