// One secret that a run may use: its value and the placeholder that stands for it, for how long it holds, what was done with it. When its
// time is over, a value that can be asked for again is; another ends.
import type { PlannedSecret } from "../plan/secret.js";
import { type Reflection, reflectionsOf } from "./reflections.js";
import type { Swappable } from "./types.js";
import type { SecretValue } from "./value.js";

export type LeaseState = "live" | "ended" | "revoked" | "unavailable";

export interface LeaseCounts {
  uses: number;
  tokens: number;
}

export class Lease {
  readonly secret: PlannedSecret;
  readonly placeholder: string;
  readonly #nowMs: () => number;
  #value: SecretValue;
  #reflections: readonly Reflection[];
  #untilMs: number | undefined;
  #state: LeaseState = "live";
  /** Shared by those that stand for one secret. */
  readonly #counts: LeaseCounts;

  constructor(
    secret: PlannedSecret,
    given: { readonly value: SecretValue; readonly placeholder: string; readonly counts?: LeaseCounts },
    nowMs: () => number,
  ) {
    this.secret = secret;
    this.#counts = given.counts ?? { uses: 0, tokens: 0 };
    this.placeholder = given.placeholder;
    this.#nowMs = nowMs;
    this.#value = given.value;
    this.#reflections = reflectionsOf(given.value.text(), given.placeholder);
    this.#begin();
  }

  get state(): LeaseState {
    if (this.#state === "live" && this.#untilMs !== undefined && this.#nowMs() >= this.#untilMs) this.#state = "ended";
    return this.#state;
  }

  get uses(): number {
    return this.#counts.uses;
  }

  /** Until it ends by itself; undefined: with the run. */
  get leftMs(): number | undefined {
    return this.#untilMs === undefined ? undefined : Math.max(0, this.#untilMs - this.#nowMs());
  }

  /** All that was ever given out under this placeholder: what came before a change can still come back. */
  get reflections(): readonly Reflection[] {
    return this.#reflections;
  }

  swappable(): Swappable {
    const { name, aws } = this.secret;
    // What signs is never sent.
    const places = aws === undefined ? this.secret.places : [];
    return { name, placeholder: this.placeholder, value: this.state === "live" ? this.#value.text() : "", places };
  }

  used(): void {
    this.#counts.uses += 1;
  }

  /** Of a model, as the provider's answers say. */
  get tokens(): number {
    return this.#counts.tokens;
  }

  took(tokens: number): void {
    this.#counts.tokens += tokens;
  }

  /** Why no more requests may carry it. */
  get spent(): string | undefined {
    const { requests, tokens } = this.secret;
    if (requests !== undefined && this.#counts.uses >= requests) return `its ${requests} requests are used up`;
    if (tokens !== undefined && this.#counts.tokens >= tokens) return `its ${tokens} tokens are used up`;
    return undefined;
  }

  /** A value out of the same source; its time begins again. */
  renew(value: SecretValue): void {
    if (this.#state === "revoked") {
      value.wipe();
      return;
    }
    if (!value.equals(this.#value)) {
      this.#reflections = [...reflectionsOf(value.text(), this.placeholder), ...this.#reflections].slice(
        0,
        MAX_REFLECTIONS,
      );
    }
    this.#value.wipe();
    this.#value = value;
    this.#state = "live";
    this.#begin();
  }

  unavailable(): void {
    if (this.#state !== "revoked") this.#state = "unavailable";
  }

  revoke(): void {
    this.#state = "revoked";
    this.#value.wipe();
  }

  close(): void {
    this.revoke();
    for (const { real } of this.#reflections) real.fill(0);
    this.#reflections = [];
  }

  #begin(): void {
    const { ttlMs } = this.secret;
    this.#untilMs = ttlMs === undefined ? undefined : this.#nowMs() + ttlMs;
  }
}

/** Some fifteen for each value. */
const MAX_REFLECTIONS = 150;
