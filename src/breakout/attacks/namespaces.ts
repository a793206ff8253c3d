// The attacks of the group namespaces, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { namespacesChroot } from "./namespaces/chroot.js";
import { namespacesCloneMount } from "./namespaces/clone-mount.js";
import { namespacesCloneUser } from "./namespaces/clone-user.js";
import { namespacesClone3Network } from "./namespaces/clone3-network.js";
import { namespacesClone3User } from "./namespaces/clone3-user.js";
import { namespacesEnterFirst } from "./namespaces/enter-first.js";
import { namespacesEnterNetwork } from "./namespaces/enter-network.js";
import { namespacesFsopen } from "./namespaces/fsopen.js";
import { namespacesMountBind } from "./namespaces/mount-bind.js";
import { namespacesMountOverlay } from "./namespaces/mount-overlay.js";
import { namespacesMountProc } from "./namespaces/mount-proc.js";
import { namespacesMountSetattr } from "./namespaces/mount-setattr.js";
import { namespacesMountShared } from "./namespaces/mount-shared.js";
import { namespacesMountTmpfs } from "./namespaces/mount-tmpfs.js";
import { namespacesOpenTree } from "./namespaces/open-tree.js";
import { namespacesPivotRoot } from "./namespaces/pivot-root.js";
import { namespacesRemount } from "./namespaces/remount.js";
import { namespacesSethostname } from "./namespaces/sethostname.js";
import { namespacesUmount } from "./namespaces/umount.js";
import { namespacesUnshareCgroup } from "./namespaces/unshare-cgroup.js";
import { namespacesUnshareHostname } from "./namespaces/unshare-hostname.js";
import { namespacesUnshareIpc } from "./namespaces/unshare-ipc.js";
import { namespacesUnshareMount } from "./namespaces/unshare-mount.js";
import { namespacesUnshareNetwork } from "./namespaces/unshare-network.js";
import { namespacesUnsharePid } from "./namespaces/unshare-pid.js";
import { namespacesUnshareTime } from "./namespaces/unshare-time.js";

export const NAMESPACES: readonly Attack[] = [
  namespacesUnshareMount,
  namespacesUnshareNetwork,
  namespacesUnsharePid,
  namespacesUnshareIpc,
  namespacesUnshareHostname,
  namespacesUnshareCgroup,
  namespacesUnshareTime,
  namespacesCloneUser,
  namespacesCloneMount,
  namespacesClone3User,
  namespacesClone3Network,
  namespacesEnterNetwork,
  namespacesEnterFirst,
  namespacesMountTmpfs,
  namespacesMountBind,
  namespacesMountProc,
  namespacesRemount,
  namespacesMountShared,
  namespacesUmount,
  namespacesFsopen,
  namespacesOpenTree,
  namespacesMountSetattr,
  namespacesPivotRoot,
  namespacesMountOverlay,
  namespacesChroot,
  namespacesSethostname,
];
