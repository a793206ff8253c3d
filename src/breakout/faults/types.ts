// What a fault is: something around the sandbox that breaks while a command works in it, and what must be true all the same.
import type { Severity } from "../types.js";
import type { Bench } from "./bench.js";

export interface Fault {
  /** `group/name`. */
  readonly id: string;
  readonly severity: Severity;
  /** Numbers of THREATS: `H28`. */
  readonly threats: readonly string[];
  /** For a person: what breaks. */
  readonly sentence: string;
  /** For a person: what must be true all the same. */
  readonly expects: string;
  /** Makes it happen and looks. Throws a `Broken` or a `NotShown`; returns what was seen. */
  readonly run: (bench: Bench) => Promise<string>;
}

/** A promise that didn't survive the fault; the message is the evidence. */
export class Broken extends Error {}

/** The fault couldn't be made here. */
export class NotShown extends Error {}

export function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Broken(otherwise);
}

export interface FaultResult {
  readonly fault: Omit<Fault, "run">;
  readonly status: "held" | "broken" | "unsupported";
  readonly evidence: string;
  readonly durationMs: number;
}
