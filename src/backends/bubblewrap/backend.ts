// The bubblewrap backend: bwrap(1) makes the namespaces and the tree, cordon-init confines the command in them. Pure.
import { confinement } from "../common/clauses/confinement.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { innermost, ownIdentity, walled } from "../common/launch.js";
import { files, mountTree, sealed } from "./clauses/mounts.js";
import { namespaces } from "./clauses/namespaces.js";

export const bubblewrap = walled("bubblewrap", "bwrap", [
  namespaces,
  ownIdentity("bwrap --unshare-user"),
  privileges,
  terminal,
  mountTree,
  files,
  sealed,
  ...confinement,
  innermost,
]);
