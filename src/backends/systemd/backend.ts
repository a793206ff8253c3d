// The systemd backend: the user's own systemd manager makes a transient service around the named folders; inside of it cordon-init makes a
// user, a mount and a process namespace of its own, builds the plan's tree there and confines the command. Pure.
import { confinement } from "../common/clauses/confinement.js";
import { limits } from "../common/clauses/limits.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, protectedFiles } from "../common/clauses/tree.js";
import { ownIdentity, walled } from "../common/launch.js";
import { serviceLimits } from "./clauses/limits.js";
import { mountTree } from "./clauses/mounts.js";
import { innermostInService, service } from "./clauses/service.js";

export const systemd = walled("systemd", "systemd-run", [
  service,
  ownIdentity("systemd PrivateUsers= and a user namespace inside"),
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  ...confinement.map((clause) => (clause === limits ? serviceLimits : clause)),
  innermostInService,
]);
