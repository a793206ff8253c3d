// Names that may not be made, changed or (denied ones) seen: handed to cordon-init's guard, which makes every change in the
// writable trees itself. Pure.
import { type GuardedPrefix, guardedPrefixes, socketTrees } from "../../../confinement/landlock.js";
import type { GuardDuty } from "../../../confinement/seccomp/guard.js";
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, GuardedName, Op, Plan, Service } from "../../../plan/types.js";

const KINDS: Readonly<Record<GuardedName["kind"], number>> = { protect: 1, deny: 2, "git-config": 3 };
const ROOT_FLAGS: Readonly<Record<GuardedPrefix["kind"], number>> = { ruled: 1, served: 0, free: 2 };

const NO_NOTIFICATION = "this kernel can't hand system calls to the guard (Linux 5.14 can)";
const NESTED = "a command that may make mounts (process.nested) can reach the files by another path";
const SOCKETS =
  "seccomp notification: the guard makes each connection to a socket file itself, and only to the sandbox's own and the named ones";
const RECORD =
  "seccomp notification: the guard tells of each execve before it goes on; a record and no wall, for the words lie in the command's own memory";
const MECHANISM =
  "seccomp notification: the guard makes every change by path in the writable folders and refuses these names at any depth";

/** What the guard is there for, if it is: in a namespace that the command may mount in, no path is what it seems. */
export function dutyOf(plan: Plan, facts: HostFacts): GuardDuty | undefined {
  if (plan.guard.roots.length > 0) return "files";
  if (!canServe(facts)) return undefined;
  if (!plan.nested) return "sockets";
  return plan.record.exec ? "record" : undefined;
}

function canServe({ seccomp }: HostFacts): boolean {
  return seccomp.userNotify && seccomp.addfdSend;
}

export function guard(plan: Plan, facts: HostFacts): Fragment {
  const services: readonly Service[] = plan.guard.watch.length === 0 ? [] : [{ kind: "name-watch" }];
  const duty = dutyOf(plan, facts);
  const sockets = heldSockets(plan, facts);
  const recorded = heldRecord(plan, facts);
  const either = {
    enforces: [...sockets.enforces, ...recorded.enforces],
    cannot: [...sockets.cannot, ...recorded.cannot],
  };
  if (duty === undefined) return { services, ...either };
  const held = duty === "files" ? heldControls(plan) : [];
  const reason = obstacle(plan, facts);
  const refused = reason === undefined ? [] : held.map((control) => ({ control, reason }));
  const enforced = reason === undefined ? held.map((control) => ({ control, mechanism: MECHANISM })) : [];
  return {
    services,
    ops: ops(plan),
    enforces: [...enforced, ...either.enforces],
    cannot: [...refused, ...either.cannot],
  };
}

function heldSockets(plan: Plan, facts: HostFacts): Held {
  const control = "ipc.socket-files";
  if (plan.nested) return { enforces: [], cannot: [{ control, reason: NESTED }] };
  if (!canServe(facts)) return { enforces: [], cannot: [{ control, reason: NO_NOTIFICATION }] };
  return { enforces: [{ control, mechanism: SOCKETS }], cannot: [] };
}

type Held = Required<Pick<Fragment, "enforces" | "cannot">>;

function heldRecord({ record }: Plan, facts: HostFacts): Held {
  const control = "process.recorded";
  if (!canServe(facts)) return { enforces: [], cannot: [{ control, reason: NO_NOTIFICATION }] };
  return record.exec ? { enforces: [{ control, mechanism: RECORD }], cannot: [] } : { enforces: [], cannot: [] };
}

function heldControls(plan: Plan): readonly string[] {
  const denies = plan.guard.names.some(({ kind }) => kind === "deny");
  return ["workspace.protected-names", ...(denies ? ["files.deny"] : [])];
}

/** Why the guard's word wouldn't be final here. */
function obstacle(plan: Plan, facts: HostFacts): string | undefined {
  if (!canServe(facts)) return NO_NOTIFICATION;
  // SECURITY(T7): calls that the guard lets go on are bounded by Landlock; without it their path could be swapped meanwhile.
  if (facts.landlock.abi < 1) return "Landlock isn't there, which the guard rests on";
  if (plan.nested) return NESTED;
  return undefined;
}

function ops(plan: Plan): readonly Op[] {
  return [
    ...guardedPrefixes(plan).map(({ path, kind }) => ({ op: "guard-root", fields: [path, ROOT_FLAGS[kind]] })),
    ...plan.guard.names.map(({ kind, anchor = "", components }) => ({
      op: "guard-name",
      fields: [KINDS[kind], anchor, components.join("/")],
    })),
    ...socketTrees(plan).map(({ path, allowed }) => ({ op: "socket-tree", fields: [path, allowed ? 1 : 0] })),
  ];
}
