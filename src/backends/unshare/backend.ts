// The unshare backend: unshare(1) of util-linux makes the namespaces, cordon-init the tree in them, and confines the command. Pure.
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
  canaries,
  limits,
  landlock,
  seccomp,
  guard,
  network,
  environment,
  command,
  innermost,
]);
