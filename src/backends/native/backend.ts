// The native backend: cordon-init makes the namespaces and the mount tree itself, nothing else needs to be installed.
// Pure: it turns a plan into the op list that cordon-init carries out, and says which control each part holds.
import type { Backend, Clause } from "../../plan/types.js";
import { confinement } from "../common/clauses/confinement.js";
import { identity, namespaces } from "../common/clauses/namespaces.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, mountTree, protectedFiles } from "../common/clauses/tree.js";
import { hostObstacle, launchOf } from "../common/launch.js";

const CLAUSES: readonly Clause[] = [
  namespaces,
  identity,
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  ...confinement,
];

export const native: Backend = {
  name: "native",
  clauses: CLAUSES,
  assemble: (plan, facts) => ({ ...launchOf("native", CLAUSES, { plan, facts }), ...hostObstacle(facts) }),
};
