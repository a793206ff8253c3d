// The profile `strict`: node, python, git and gcc run; no debugging of other processes, no netlink, no System V or POSIX
// queues, no kernel interface that ordinary tools do without.

import { ERRNO } from "../constants.js";
import type { OciSeccomp } from "../oci.js";
import { cloneRules, ioctlRules, socketRules } from "./arguments.js";
import { FORBIDDEN, NESTING, ORDINARY, UNCOMMON } from "./calls.js";

export const strictProfile: OciSeccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: ERRNO.ENOSYS,
  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
  syscalls: [
    { names: ORDINARY, action: "SCMP_ACT_ALLOW" },
    { names: [...FORBIDDEN, ...NESTING, ...UNCOMMON, "personality"], action: "SCMP_ACT_ERRNO", errnoRet: ERRNO.EPERM },
    ...cloneRules(),
    ...ioctlRules(),
    ...socketRules({ netlink: false }),
  ],
};
