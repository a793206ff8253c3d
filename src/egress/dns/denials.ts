// Tells which names were refused: at most once in a while for each name, and never so many that they flood the record.
// It must stay small whatever is asked, and must never hide that more was refused than is listed.
import type { Denied, Reporter } from "../types.js";

const QUIET_MS = 5_000;
const MAX_REMEMBERED = 1024;
const SECOND_MS = 1_000;
const MAX_PER_SECOND = 50;

export class Denials {
  readonly #report: Reporter;
  readonly #nowMs: () => number;
  /** When each name was told last, oldest first. */
  readonly #told = new Map<string, number>();
  #second = { startMs: Number.NEGATIVE_INFINITY, count: 0 };
  #unlisted = 0;
  #last: { readonly name: string; readonly denied: Denied } | undefined;

  constructor(report: Reporter, nowMs: () => number) {
    this.#report = report;
    this.#nowMs = nowMs;
  }

  tell(name: string, denied: Denied): void {
    const now = this.#nowMs();
    const last = this.#told.get(name);
    if (last !== undefined && now - last < QUIET_MS) return;
    if (now - this.#second.startMs >= SECOND_MS) this.#second = { startMs: now, count: 0 };
    if (this.#second.count >= MAX_PER_SECOND) {
      this.#unlisted += 1;
      this.#last = { name, denied };
      return;
    }
    this.#second.count += 1;
    this.#remember(name, now);
    this.#list(name, denied, this.#unlisted);
  }

  /** At the end of a run: what was refused since the last one that was listed. */
  end(): void {
    if (this.#last !== undefined) this.#list(this.#last.name, this.#last.denied, this.#unlisted - 1);
  }

  #list(name: string, denied: Denied, more: number): void {
    this.#unlisted = 0;
    this.#last = undefined;
    const rest = more === 0 ? "" : ` (and ${more} more refusals of names aren't listed)`;
    this.#report.nameDenied(name, { ...denied, reason: `${denied.reason}${rest}` });
  }

  #remember(name: string, now: number): void {
    this.#told.delete(name);
    this.#told.set(name, now);
    if (this.#told.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }
}
