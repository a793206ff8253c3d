// The native backend: cordon-init makes the namespaces and the mount tree itself, nothing else needs to be installed.
// Pure: it turns a plan into the op list that cordon-init carries out, and says which control each part holds.
import type { HostFacts } from "../../host/types.js";
import type { Artifact, Backend, Clause, Plan } from "../../plan/types.js";
import { collect } from "../assemble.js";
import { canaries } from "../common/clauses/canaries.js";
import { command, environment } from "../common/clauses/command.js";
import { guard } from "../common/clauses/guard.js";
import { landlock } from "../common/clauses/landlock.js";
import { limits } from "../common/clauses/limits.js";
import { network } from "../common/clauses/network.js";
import { privileges } from "../common/clauses/privileges.js";
import { seccomp } from "../common/clauses/seccomp.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, mountTree, protectedFiles } from "../common/clauses/tree.js";
import { hostObstacle } from "../common/launch.js";
import { identity, namespaces } from "./clauses/namespaces.js";

const CLAUSES: readonly Clause[] = [
  namespaces,
  identity,
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  canaries,
  limits,
  landlock,
  seccomp,
  guard,
  network,
  environment,
  command,
];

export const native: Backend = { name: "native", clauses: CLAUSES, assemble };

function assemble(plan: Plan, facts: HostFacts): Artifact {
  const { fragments, enforcement, unenforced } = collect(plan, facts, CLAUSES);
  return {
    backend: "native",
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
    ...hostObstacle(facts),
  };
}
