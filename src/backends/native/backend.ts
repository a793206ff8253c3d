// The native backend: cordon-init makes the namespaces and the mount tree itself, nothing else needs to be installed.
// Pure: it turns a plan into the op list that cordon-init carries out, and says which control each part holds.
import type { HostFacts } from "../../host/types.js";
import type { Artifact, Backend, Clause, Plan } from "../../plan/types.js";
import { collect } from "../assemble.js";
import { command, environment } from "./clauses/command.js";
import { guard } from "./clauses/guard.js";
import { landlock } from "./clauses/landlock.js";
import { limits } from "./clauses/limits.js";
import { files, mountTree, protectedFiles } from "./clauses/mounts.js";
import { identity, namespaces, privileges } from "./clauses/namespaces.js";
import { network } from "./clauses/network.js";
import { seccomp } from "./clauses/seccomp.js";
import { terminal } from "./clauses/terminal.js";

const CLAUSES: readonly Clause[] = [
  namespaces,
  identity,
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
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
  };
}
