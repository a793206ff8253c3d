// System call filters that were compiled when Cordon was bundled, so that a launch needn't: base64 by filterKey. Empty in the source;
// scripts/bundle.mjs puts in what `compileSeccomp` gave, and only what doesn't depend on the kernel's release.

import type { GuardDuty } from "../../confinement/seccomp/guard.js";

export const BUNDLED_FILTERS: Readonly<Record<string, string>> = {};

export function filterKey(profile: string, arch: string, duty: GuardDuty | undefined): string {
  return `${profile} ${arch} ${duty ?? "plain"}`;
}
