// System call filters that were compiled when Cordon was bundled, so that a launch needn't: base64 by filterKey. Empty in the source;
// scripts/bundle.mjs puts in what `compileSeccomp` gave, and only what doesn't depend on the kernel's release.

export const BUNDLED_FILTERS: Readonly<Record<string, string>> = {};

export function filterKey(profile: string, arch: string, guarded: boolean): string {
  return `${profile} ${arch} ${guarded ? "guarded" : "plain"}`;
}
