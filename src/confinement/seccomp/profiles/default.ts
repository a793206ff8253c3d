// The profile `default`: for agents with real toolchains (compilers, debuggers, language servers, browsers without a
// sandbox of their own). An allow-list: what is neither allowed nor known to be dangerous doesn't exist (ENOSYS).

import { ERRNO } from "../constants.js";
import type { OciSeccomp } from "../oci.js";
import { cloneRules, ioctlRules, personalityRules, socketRules } from "./arguments.js";
import { FORBIDDEN, NESTING, ORDINARY, UNCOMMON } from "./calls.js";

export const defaultProfile: OciSeccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: ERRNO.ENOSYS,
  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
  syscalls: [
    { names: [...ORDINARY, ...UNCOMMON], action: "SCMP_ACT_ALLOW" },
    { names: [...FORBIDDEN, ...NESTING], action: "SCMP_ACT_ERRNO", errnoRet: ERRNO.EPERM },
    ...cloneRules(),
    ...ioctlRules(),
    ...personalityRules(),
    ...socketRules({ netlink: true }),
  ],
};
