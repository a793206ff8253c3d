// The system call filter of the container itself, as podman reads it. Pure.
import type { HostFacts } from "../../../host/types.js";
import { outerProfile } from "../../common/outer-filter.js";

export function containerFilter({ kernel }: Pick<HostFacts, "kernel">): Uint8Array {
  const { syscalls, ...others } = outerProfile();
  const architectures = [kernel.architecture === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"];
  return new TextEncoder().encode(JSON.stringify({ ...others, architectures, syscalls }));
}
