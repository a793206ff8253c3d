// Tells which names were refused. A resolver asks for each name several times (A and AAAA, every retry): within a few seconds that is told
// once. Different names are all told: names can carry data out, so a flood of them must be in the record. It stays small whatever is asked.
import type { Denied, Reporter } from "../types.js";

const QUIET_MS = 5_000;
const MAX_REMEMBERED = 1024;

export class Denials {
  readonly #report: Reporter;
  readonly #nowMs: () => number;
  /** When each name was told last, oldest first. */
  readonly #told = new Map<string, number>();

  constructor(report: Reporter, nowMs: () => number) {
    this.#report = report;
    this.#nowMs = nowMs;
  }

  tell(name: string, denied: Denied): void {
    const now = this.#nowMs();
    const last = this.#told.get(name);
    if (last !== undefined && now - last < QUIET_MS) return;
    this.#remember(name, now);
    this.#report.nameDenied(name, denied);
  }

  #remember(name: string, now: number): void {
    this.#told.delete(name);
    this.#told.set(name, now);
    if (this.#told.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }
}
