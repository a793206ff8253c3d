// The firejail backend: firejail(1), which is set-user-ID root, makes the outer wall. Nobody of ours has rights in its namespaces, so inside of
// it cordon-init makes a user, mount and network namespace of its own, builds the tree there and confines the command. Pure.
import { confinement } from "../common/clauses/confinement.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, protectedFiles } from "../common/clauses/tree.js";
import { innermost, ownIdentity, walled } from "../common/launch.js";
import { jail } from "./clauses/jail.js";
import { mountTree } from "./clauses/mounts.js";

export const firejail = walled("firejail", "firejail", [
  jail,
  ownIdentity("firejail as the user, without supplementary groups, and a user namespace inside"),
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  ...confinement,
  innermost,
]);
