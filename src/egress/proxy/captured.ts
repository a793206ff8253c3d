// Where a caught connection was to go, by the address it was made to: the name that a synthetic address stands for, or a literal address.
// Pure. It must never make a target of an address that stands for nothing.
import type { PlannedNetwork } from "../../plan/types.js";
import type { Target } from "../types.js";
import { canonicalAddress } from "./resolve.js";

interface Range {
  readonly prefix: string;
  readonly pattern: RegExp;
}

/** Never routed anywhere (RFC 2544), so that it can't be anybody's. */
const BENCHMARKS: Range = { prefix: "198.18.0.0/15", pattern: /^198\.1[89]\./ };
/** Loopback, which needs no rule to arrive. */
const LOOPBACK: Range = { prefix: "127.64.0.0/10", pattern: /^127\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./ };

export function syntheticRange(capture: PlannedNetwork["capture"]): Range {
  return capture === "ports" ? LOOPBACK : BENCHMARKS;
}

export type Captured =
  | { readonly ok: true; readonly target: Target }
  /** `target`: what there is to tell of it. */
  | { readonly ok: false; readonly target: Target; readonly why: string };

export interface Naming {
  readonly range: Range;
  readonly nameOf: (address: string) => string | undefined;
}

export function captured(address: string | undefined, port: number | undefined, naming: Naming): Captured {
  const literal = address === undefined ? undefined : canonicalAddress(address);
  if (literal === undefined || port === undefined) {
    return { ok: false, target: { host: address ?? "unknown", port: port ?? 0 }, why: "its address can't be read" };
  }
  const name = naming.nameOf(literal);
  if (name !== undefined) return { ok: true, target: { host: name, port } };
  const target = { host: literal, port };
  if (!naming.range.pattern.test(literal)) return { ok: true, target };
  return { ok: false, target, why: "it stands for no name of this run; look the name up again" };
}
