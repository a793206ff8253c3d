// The kernel settings that can switch user namespaces off. It only reads them.
import { readNumber } from "./read.js";

export interface Sysctls {
  /** Debian and Ubuntu kernels: 0 forbids user namespaces to everybody but root. */
  readonly unprivilegedUserns?: number;
  /** How many user namespaces one user may have; 0 forbids them, to root as well. */
  readonly maxUserNamespaces?: number;
  /** Ubuntu 23.10 and later: 1 takes all capabilities away in namespaces of programs that have no AppArmor profile. */
  readonly apparmorRestriction?: number;
}

const FILES: readonly (readonly [keyof Sysctls, string])[] = [
  ["unprivilegedUserns", "kernel/unprivileged_userns_clone"],
  ["maxUserNamespaces", "user/max_user_namespaces"],
  ["apparmorRestriction", "kernel/apparmor_restrict_unprivileged_userns"],
];

export function readSysctls(root = "/proc/sys"): Sysctls {
  const entries = FILES.map(([key, file]) => [key, readNumber(`${root}/${file}`)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
