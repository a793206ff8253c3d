// The podman backend: rootless podman(1) makes a container around the named folders; inside of it cordon-init makes a user and a mount
// namespace of its own, builds the plan's tree there and confines the command. Pure.
import { confinement } from "../common/clauses/confinement.js";
import { privileges } from "../common/clauses/privileges.js";
import { terminal } from "../common/clauses/terminal.js";
import { files, protectedFiles } from "../common/clauses/tree.js";
import { ownIdentity, walled } from "../common/launch.js";
import { container, innermostInContainer } from "./clauses/container.js";
import { mountTree } from "./clauses/mounts.js";

export const podman = walled("podman", "podman", [
  container,
  ownIdentity("podman --userns=keep-id and a user namespace inside"),
  privileges,
  terminal,
  mountTree,
  files,
  protectedFiles,
  ...confinement,
  innermostInContainer,
]);
