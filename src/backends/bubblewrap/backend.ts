// The bubblewrap backend: bwrap(1) makes the namespaces and the tree, cordon-init confines the command in them. Pure.
import { canaries } from "../common/clauses/canaries.js";
import { command, environment } from "../common/clauses/command.js";
import { guard } from "../common/clauses/guard.js";
import { landlock } from "../common/clauses/landlock.js";
import { limits } from "../common/clauses/limits.js";
import { network } from "../common/clauses/network.js";
import { privileges } from "../common/clauses/privileges.js";
import { seccomp } from "../common/clauses/seccomp.js";
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
