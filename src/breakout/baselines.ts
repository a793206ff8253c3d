// The baselines that attacks name. Pure.
import type { Baseline } from "./types.js";

export const PLAIN: Baseline = { kind: "plain" };
export const NAMESPACES: Baseline = { kind: "namespaces" };

export function noBaseline(reason: string): Baseline {
  return { kind: "none", reason };
}
