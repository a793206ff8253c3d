// The file in which the user's own program keeps its login, outside. It belongs to that program: only the members that the policy names are
// changed, and only by tokens that were given out for the very login that stands there.
import type { PlannedLogin } from "../../plan/secret.js";
import { readPrivate, replacePrivate, stampOf } from "../private-file.js";
import type { Granted } from "./answer.js";
import { type Document, readDocument, renewedDocument, type Tokens, tokensIn, writeDocument } from "./document.js";

export class SharedFile {
  readonly #path: string;
  readonly #login: PlannedLogin;
  #stamp: string | undefined;

  constructor(path: string, login: PlannedLogin) {
    this.#path = path;
    this.#login = login;
  }

  get path(): string {
    return this.#path;
  }

  read(): Document {
    this.#stamp = stampOf(this.#path);
    return readDocument(readPrivate(this.#path) ?? "") ?? {};
  }

  tokens(): Tokens {
    return tokensIn(this.read(), this.#login);
  }

  /** Since it was last read or written here. */
  get isNew(): boolean {
    return this.#stamp !== stampOf(this.#path);
  }

  write({ tokens, lifeSeconds }: Granted, nowMs: number): void {
    const text = readPrivate(this.#path) ?? "";
    const life = lifeSeconds === undefined ? {} : { lifeSeconds };
    const next = renewedDocument(readDocument(text) ?? {}, this.#login, { tokens, nowMs, ...life });
    replacePrivate(this.#path, writeDocument(next, text));
    this.#stamp = stampOf(this.#path);
  }
}
