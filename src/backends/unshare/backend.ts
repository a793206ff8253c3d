// The unshare backend: unshare(1) of util-linux makes the namespaces, cordon-init the tree in them, and confines the command. Pure.
import { confinement } from "../common/clauses/confinement.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, mountTree, protectedFiles } from "../common/clauses/tree.js";
import { innermost, ownIdentity, walled } from "../common/launch.js";
import { namespaces } from "./clauses/namespaces.js";

export const unshare = walled("unshare", "unshare", [
  namespaces,
  ownIdentity("unshare --user --map-current-user"),
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  ...confinement,
  innermost,
]);
