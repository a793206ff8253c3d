// Who the command is: the user's own ids, or unprivileged ones when Cordon runs as root. Never uid 0, inside or outside.

import type { HostView } from "../../host/types.js";
import { isInside } from "../paths.js";
import type { Plan } from "../types.js";

/** An id that no file of the system belongs to. */
const UNPRIVILEGED = 65529;
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/etc",
  "/proc",
  "/dev",
  "/sys",
  "/nix",
  "/nonexistent",
] as const;
const NOT_WHOLE = ["/run", "/run/user", "/tmp", "/var/tmp", "/home"] as const;

/** `workspace` is its real path on the host. */
export function resolveIdentity(view: HostView, workspace: string): Plan["identity"] {
  const { user } = view.facts;
  const hostname = "cordon";
  const home = homeInside(view);
  if (user.uid !== 0) {
    const ids = { uid: user.uid, gid: user.gid, hostUid: user.uid, hostGid: user.gid };
    return { ...ids, user: loginName(user.name), home, hostname };
  }
  const owner = view.owner(workspace);
  const ids = unprivilegedIds(view, owner);
  const mapOwner = owner?.uid === 0 ? { mapOwner: { uid: 0, gid: 0 } } : {};
  return { uid: ids.uid, gid: ids.gid, hostUid: ids.uid, hostGid: ids.gid, ...mapOwner, user: "agent", home, hostname };
}

function unprivilegedIds(view: HostView, owner: { readonly uid: number; readonly gid: number } | undefined) {
  const { sudoUid, sudoGid } = view.facts.user;
  if (owner === undefined || owner.uid === 0) return { uid: UNPRIVILEGED, gid: UNPRIVILEGED };
  if (owner.uid === sudoUid && sudoGid !== undefined && sudoGid !== 0) return { uid: sudoUid, gid: sudoGid };
  // SECURITY: a group of 0 would carry root's group rights over the host's files.
  return { uid: owner.uid, gid: owner.gid === 0 ? UNPRIVILEGED : owner.gid };
}

/** The user's home path, or one of our own for accounts whose home is part of the system. */
function homeInside(view: HostView): string {
  const { home, name } = view.facts.user;
  const real = view.real(home) ?? home;
  const unfit =
    !real.startsWith("/") ||
    SYSTEM.some((tree) => isInside(real, tree)) ||
    [...SYSTEM, ...NOT_WHOLE].some((tree) => isInside(tree, real));
  return unfit ? `/home/${loginName(name)}` : real;
}

/** A name that is safe in passwd and in a path. */
export function loginName(name: string): string {
  return /^[a-z_][a-z0-9_.-]{0,31}$/i.test(name) ? name : "user";
}
