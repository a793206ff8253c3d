// The gvisor backend: cordon-init builds the sandbox as natively, and in it runsc(1) runs the command on a kernel of its own, so that the command's
// system calls never come to the host's. What rests on seeing single calls of the command (the guard, the record) can't be held. Pure.
import type { Backend, Clause, Plan } from "../../plan/types.js";
import { canaries } from "../common/clauses/canaries.js";
import { landlock } from "../common/clauses/landlock.js";
import { namespaces } from "../common/clauses/namespaces.js";
import { network } from "../common/clauses/network.js";
import { privileges } from "../common/clauses/privileges.js";
import { seccomp } from "../common/clauses/seccomp.js";
import { terminal } from "../common/clauses/terminal.js";
import { files } from "../common/clauses/tree.js";
import { hostObstacle, launchOf, wallObstacle } from "../common/launch.js";
import { inner, innermost } from "./clauses/container.js";
import { limitsAround } from "./clauses/limits.js";
import { identity, promises } from "./clauses/promises.js";
import { mountTree } from "./clauses/tree.js";

const TOOL = { name: "gvisor", tool: "runsc" } as const;

const CLAUSES: readonly Clause[] = [
  namespaces,
  identity,
  privileges,
  terminal,
  mountTree,
  files,
  promises,
  canaries,
  limitsAround,
  within(landlock),
  within(seccomp),
  network,
  innermost,
];

export const gvisor: Backend = {
  ...TOOL,
  clauses: CLAUSES,
  assemble: (plan, facts) => ({
    closed: "a command that joins would run beside gVisor, not in it",
    ...launchOf(TOOL.name, CLAUSES, { plan, facts }),
    ...hostObstacle(facts),
    ...wallObstacle(TOOL, facts),
  }),
};

/** Around runsc, which makes namespaces and mounts. */
function within(clause: Clause): Clause {
  return (plan: Plan, facts) => clause(inner(plan), facts);
}
