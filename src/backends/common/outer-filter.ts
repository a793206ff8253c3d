// The system call filter of another program's wall around cordon-init, which has to be able to make namespaces and the tree in it, and to load
// the plan's own filter on top. Pure.
import { withNesting } from "../../confinement/seccomp/guard.js";
import type { OciSeccomp } from "../../confinement/seccomp/oci.js";
import { defaultProfile } from "../../confinement/seccomp/profiles/default.js";

/** The keyring that is left behind. */
const OF_INIT: readonly string[] = ["keyctl"];

export function outerProfile(): OciSeccomp {
  const { syscalls, ...others } = withNesting(defaultProfile);
  return {
    ...others,
    syscalls: [
      ...syscalls.flatMap((rule) => {
        const names = rule.names.filter((name) => !OF_INIT.includes(name));
        return names.length === 0 ? [] : [{ ...rule, names }];
      }),
      { names: OF_INIT, action: "SCMP_ACT_ALLOW" },
    ],
  };
}
