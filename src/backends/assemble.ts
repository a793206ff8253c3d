// Runs a backend's clauses and draws up the enforcement table from the same fragments that the launch is made of. Pure.
// A control that nothing enforces, or that a clause says it can't, must never be missing from the result.
import type { Enforcement } from "../events/types.js";
import type { HostFacts } from "../host/types.js";
import type { Artifact, Clause, Fragment, Plan } from "../plan/types.js";

export interface Collected {
  readonly fragments: readonly Fragment[];
  readonly enforcement: readonly Enforcement[];
  readonly unenforced: Artifact["unenforced"];
}

export function collect(plan: Plan, facts: HostFacts, clauses: readonly Clause[]): Collected {
  const fragments = clauses.map((clause) => clause(plan, facts));
  const enforcement: Enforcement[] = [];
  const unenforced: Artifact["unenforced"][number][] = [];
  for (const control of plan.controls) {
    const reasons = fragments
      .flatMap(({ cannot = [] }) => cannot.filter((each) => each.control === control))
      .map(({ reason }) => reason);
    const held = fragments.flatMap(({ enforces = [] }) => enforces.filter((each) => each.control === control));
    // One part of a control that can't be held leaves a hole, whatever the other parts hold.
    if (reasons.length > 0) unenforced.push({ control, reason: reasons.join("; ") });
    else if (held.length === 0) unenforced.push({ control, reason: `the backend has no mechanism for it` });
    else enforcement.push(entryOf(control, held));
  }
  return { fragments, enforcement, unenforced };
}

function entryOf(control: string, held: NonNullable<Fragment["enforces"]>): Enforcement {
  const mechanism = [...new Set(held.map((each) => each.mechanism))].join("; ");
  return { control, status: held.some((each) => each.degraded === true) ? "degraded" : "enforced", mechanism };
}

/** Everything that is weaker than the policy asks for: what isn't held at all, and what is held only in part. */
export function shortfalls(artifact: Artifact): Artifact["unenforced"] {
  const degraded = artifact.enforcement.filter((each) => each.status === "degraded");
  return [
    ...artifact.unenforced,
    ...degraded.map(({ control, mechanism }) => ({ control, reason: `only ${mechanism}` })),
  ];
}

/** The whole table of a run that goes on in spite of shortfalls: nothing that was asked for is left out of it. */
export function fullTable(artifact: Artifact): readonly Enforcement[] {
  const missing = artifact.unenforced.map(({ control, reason }) => ({
    control,
    status: "degraded" as const,
    mechanism: `not enforced: ${reason}`,
  }));
  return [...artifact.enforcement, ...missing];
}
