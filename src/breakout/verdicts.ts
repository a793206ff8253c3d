// From attempts to results, and from results to what is said of a control. Pure. What wasn't shown never counts as held.
import type { Enforcement } from "../events/types.js";
import { CONTROLS } from "../plan/controls.js";
import type { Attack, ControlStatus, ControlVerdict, Ended, Report, Result, Status } from "./types.js";

export interface Shown {
  readonly ended: Ended;
  readonly nonce: string;
  /** What the judge found while the stage was as the attempt left it. */
  readonly proof: string | undefined;
}

/** The script prints its first and last words with the attempt's own mark. */
export function firstWord(nonce: string): string {
  return `breakout-begins ${nonce}`;
}

export function lastWord(nonce: string): string {
  return `breakout-ends ${nonce}`;
}

export function usesProber(inside: string): boolean {
  return inside.includes('"$PROBER"');
}

/** Why an attempt proves nothing, or undefined. */
export function unproven(attack: Attack, { ended, nonce }: Shown): string | undefined {
  if (ended.obstacle !== undefined) return ended.obstacle;
  const { output } = ended;
  if (!output.includes(firstWord(nonce))) return "the attack didn't start inside";
  if (usesProber(attack.inside) && !output.includes("prober here")) return "cordon-prober can't be executed inside";
  const missing = /^missing (\S+)$/m.exec(output)?.[1];
  if (missing !== undefined) return `${missing} isn't there inside`;
  const unanswered = /^answer (\S+) (?:unknown|none)$/m.exec(output)?.[1];
  if (unanswered !== undefined) return `cordon-prober got no answer for ${unanswered} on this processor`;
  const cut = attack.cutShort === true || (ended.limits ?? []).length > 0;
  return cut || output.includes(lastWord(nonce)) ? undefined : "the attack didn't come to its end inside";
}

export interface Pair {
  readonly attack: Attack;
  readonly inside: Shown;
  /** A text: there is none, and why. */
  readonly baseline: Shown | string;
  readonly degraded: boolean;
}

export function resultOf({ attack, inside, baseline, degraded }: Pair): Omit<Result, "durationMs"> {
  const outside = baselineOf(baseline);
  const common = { attack, baseline: outside.text };
  // Before all else: a success is one, however the attempt ended.
  const proof = inside.ended.obstacle === undefined ? inside.proof : undefined;
  if (proof !== undefined) return { ...common, status: "broken", evidence: proof };
  const missing = unproven(attack, inside);
  if (missing !== undefined) return { ...common, status: "unsupported", evidence: missing };
  const status: Status = degraded ? "degraded" : outside.shown ? "held" : "no-baseline";
  return { ...common, status, evidence: "it came to nothing inside" };
}

function baselineOf(baseline: Shown | string): { readonly shown: boolean; readonly text: string } {
  if (typeof baseline === "string") return { shown: false, text: baseline };
  if (baseline.ended.obstacle !== undefined) return { shown: false, text: baseline.ended.obstacle };
  const { proof } = baseline;
  return proof === undefined
    ? { shown: false, text: "it fails on this host without a sandbox as well" }
    : { shown: true, text: proof };
}

/** The worst of its attacks decides; one that was shown counts more than one that couldn't be. */
export function statusOf(results: readonly Result[]): ControlStatus {
  const order: readonly Status[] = ["broken", "degraded", "held", "no-baseline", "unsupported"];
  return order.find((status) => results.some((result) => result.status === status)) ?? "not-tried";
}

export interface Asked {
  readonly controls: readonly string[];
  readonly enforcement: readonly Enforcement[];
}

/** `asked` undefined: a sandbox without a policy of ours, of which everything is expected. */
export function controlVerdicts(results: readonly Result[], asked: Asked | undefined): readonly ControlVerdict[] {
  return CONTROLS.map(({ id }) => {
    const own = results.filter(({ attack }) => attack.control === id);
    const mechanism = asked?.enforcement.find(({ control }) => control === id)?.mechanism ?? "";
    const isAsked = asked === undefined || asked.controls.includes(id);
    return { control: id, mechanism, results: own, status: isAsked ? statusOf(own) : "not-asked" };
  });
}

/** Every control that was tried held, none was only half there, and every fault was survived. */
export function heldAll({ controls, faults }: Report): boolean {
  if (faults.some(({ status }) => status !== "held")) return false;
  return controls.every(({ status }) => status !== "broken" && status !== "degraded" && status !== "unsupported");
}

export function countsOf({ controls }: Report): Readonly<Record<Status, number>> {
  const counts: Record<Status, number> = { held: 0, broken: 0, "no-baseline": 0, unsupported: 0, degraded: 0 };
  for (const { results } of controls) for (const { status } of results) counts[status] += 1;
  return counts;
}
