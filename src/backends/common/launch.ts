// What every backend's launch has in common. Pure.
import type { HostFacts } from "../../host/types.js";
import type { Artifact, Backend, Clause, Fragment, Op, Plan } from "../../plan/types.js";
import { collect } from "../assemble.js";

const HINT = "cordon doctor shows how to get it";

/** What no sandbox of cordon-init's own can do without. */
export function hostObstacle({ init, namespaces }: HostFacts): Pick<Artifact, "obstacle"> {
  if (namespaces.usable) return {};
  const reason = namespaces.reason ?? "no sandbox can be made on this host";
  return { obstacle: { code: init === undefined ? "init-missing" : "host-unsupported", reason, hint: HINT } };
}

/** What the clauses come to: one start of cordon-init, with their ops and services. */
export function launchOf(
  backend: string,
  clauses: readonly Clause[],
  { plan, facts }: { readonly plan: Plan; readonly facts: HostFacts },
): Artifact {
  const { fragments, enforcement, unenforced } = collect(plan, facts, clauses);
  return {
    backend,
    files: [],
    prepare: [],
    main: {
      argv: [facts.init?.path ?? "cordon-init", "launch"],
      env: {},
      ops: fragments.flatMap((fragment) => fragment.ops ?? []),
    },
    cleanup: [],
    services: fragments.flatMap((fragment) => fragment.services ?? []),
    enforcement,
    unenforced,
  };
}

/** A backend whose namespaces another program makes; its argv is what the clauses' `wall` ops say, word by word. */
export function walled(name: string, tool: string, clauses: readonly Clause[]): Backend {
  return {
    name,
    tool,
    clauses,
    assemble: (plan, facts) => ({
      ...launchOf(name, clauses, { plan, facts }),
      ...wallObstacle({ name, tool }, facts),
    }),
  };
}

/** What another program has to be, and who has to start it. */
export function wallObstacle(
  { name, tool }: { name: string; tool: string },
  facts: HostFacts,
): Pick<Artifact, "obstacle"> {
  const { init, user, walls } = facts;
  const refused = (reason: string, hint: string): Pick<Artifact, "obstacle"> => ({
    obstacle: { code: "host-unsupported", reason, hint },
  });
  if (init === undefined) return { obstacle: { code: "init-missing", reason: "cordon-init isn't there", hint: HINT } };
  if (user.uid === 0)
    return refused(`the ${name} backend doesn't run for root`, "run Cordon as an ordinary user, or use -b native");
  const found = walls?.[tool];
  if (found === undefined) return refused(`${tool} isn't installed`, `install ${name}, or use -b native`);
  return found.obstacle === undefined ? {} : refused(found.obstacle, found.fix ?? HINT);
}

/** Stands for the run's id in a field whose slot is `run-id`. */
export const RUN_ID = "{run}";

/** Words of the command line of the program that makes the wall. */
export function words(...argv: readonly string[]): readonly Op[] {
  return argv.map((word) => ({ op: "wall", fields: [word] }));
}

/** The program's own name, the first word. */
export function program(tool: string, { walls }: HostFacts): readonly Op[] {
  return words(walls?.[tool]?.path ?? tool);
}

/** Descriptors of the wall's program (native/PROTOCOL.md): cordon-init itself, and files from this number on. */
export const DESCRIPTOR = { init: 6, files: 10 } as const;

/** The innermost command of every wall: cordon-init, from memory. */
export function innermost(): Fragment {
  return { ops: words("--", `/proc/self/fd/${DESCRIPTOR.init}`, "init") };
}

/** The whole command line of a launch's wall, or none when cordon-init makes it. */
export function wallOf({ main }: Artifact): readonly string[] {
  return main.ops.flatMap(({ op, fields }) => (op === "wall" && typeof fields[0] === "string" ? [fields[0]] : []));
}

/** Ids in another program's wall are the user's own. */
export function ownIdentity(mechanism: string): Clause {
  return ({ identity: { uid, gid, hostUid, hostGid } }: Plan) => {
    const control = "identity.unprivileged";
    const ops = [{ op: "identity", fields: [uid, gid, hostUid, hostGid] }];
    if (uid === 0 || uid !== hostUid)
      return { ops, cannot: [{ control, reason: "it would have to be started by root" }] };
    return { ops, enforces: [{ control, mechanism: `${mechanism}: uid ${uid}, and no other is there` }] };
  };
}
