// Limits of the whole run, held by the service's own control group where the manager was given the controllers. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";
import { limits } from "../../common/clauses/limits.js";
import { directives, groupLimits } from "../../common/systemd.js";
import { properties } from "./properties.js";

export function serviceLimits(plan: Plan, facts: HostFacts): Fragment {
  const controllers = facts.walls?.["systemd-run"]?.controllers ?? [];
  // A process that was moved to another group would no longer belong to the service.
  const { way: _, ...others } = facts.cgroup;
  const cgroup = { ...others, controllers, ...(controllers.length === 0 ? {} : { way: { kind: "service" as const } }) };
  const fragment = limits(plan, { ...facts, cgroup });
  const held = fragment.services?.flatMap((each) => (each.kind === "limits" ? [each.held] : []))[0] ?? {};
  return { ...fragment, ops: [...properties(directives(groupLimits(held))), ...(fragment.ops ?? [])] };
}
