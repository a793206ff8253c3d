// The system call filter of the container itself: cordon-init has to be able to build the tree, and to load the plan's own filter on top. Pure.
import { withNesting } from "../../../confinement/seccomp/guard.js";
import { defaultProfile } from "../../../confinement/seccomp/profiles/default.js";
import type { HostFacts } from "../../../host/types.js";

/** For the guard's listener, the keyring that is left behind, and ids. */
const OF_INIT: readonly string[] = ["keyctl"];

export function containerFilter({ kernel }: Pick<HostFacts, "kernel">): Uint8Array {
  const { syscalls, ...others } = withNesting(defaultProfile);
  const profile = {
    ...others,
    architectures: [kernel.architecture === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
    syscalls: [
      ...syscalls.flatMap((rule) => {
        const names = rule.names.filter((name) => !OF_INIT.includes(name));
        return names.length === 0 ? [] : [{ ...rule, names }];
      }),
      { names: OF_INIT, action: "SCMP_ACT_ALLOW" },
    ],
  };
  return new TextEncoder().encode(JSON.stringify(profile));
}
