// Names that may not be made, changed or (denied ones) seen: handed to cordon-init's guard, which makes every change in the
// writable trees itself. Pure.
import { type GuardedPrefix, guardedPrefixes } from "../../../confinement/landlock.js";
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, GuardedName, Op, Plan, Service } from "../../../plan/types.js";

const KINDS: Readonly<Record<GuardedName["kind"], number>> = { protect: 1, deny: 2, "git-config": 3 };
const ROOT_FLAGS: Readonly<Record<GuardedPrefix["kind"], number>> = { ruled: 1, served: 0, free: 2 };

const MECHANISM =
  "seccomp notification: the guard makes every change by path in the writable folders and refuses these names at any depth";

export function isGuarded(plan: Plan): boolean {
  return plan.guard.roots.length > 0;
}

export function guard(plan: Plan, facts: HostFacts): Fragment {
  const services: readonly Service[] = plan.guard.watch.length === 0 ? [] : [{ kind: "name-watch" }];
  if (!isGuarded(plan)) return { services };
  const held = heldControls(plan);
  const reason = obstacle(plan, facts);
  const fragment = { ops: ops(plan), services };
  if (reason !== undefined) return { ...fragment, cannot: held.map((control) => ({ control, reason })) };
  return { ...fragment, enforces: held.map((control) => ({ control, mechanism: MECHANISM })) };
}

function heldControls(plan: Plan): readonly string[] {
  const denies = plan.guard.names.some(({ kind }) => kind === "deny");
  return ["workspace.protected-names", ...(denies ? ["files.deny"] : [])];
}

/** Why the guard's word wouldn't be final here. */
function obstacle(plan: Plan, facts: HostFacts): string | undefined {
  const { userNotify, addfdSend } = facts.seccomp;
  if (!userNotify || !addfdSend) return "this kernel can't hand system calls to the guard (Linux 5.14 can)";
  // SECURITY(T7): calls that the guard lets go on are bounded by Landlock; without it their path could be swapped meanwhile.
  if (facts.landlock.abi < 1) return "Landlock isn't there, which the guard rests on";
  if (plan.nested) return "a command that may make mounts (process.nested) can reach the files by another path";
  return undefined;
}

function ops(plan: Plan): readonly Op[] {
  return [
    ...guardedPrefixes(plan).map(({ path, kind }) => ({ op: "guard-root", fields: [path, ROOT_FLAGS[kind]] })),
    ...plan.guard.names.map(({ kind, anchor = "", components }) => ({
      op: "guard-name",
      fields: [KINDS[kind], anchor, components.join("/")],
    })),
  ];
}
