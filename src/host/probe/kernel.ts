// Which kernel and machine this is. It never decides anything from the version: `cordon-init probe` tries things.
import { arch, release } from "node:os";
import { CordonError } from "../../core/error.js";
import type { HostFacts } from "../types.js";

export function architectureOf(name: string): "x64" | "arm64" {
  if (name === "x64" || name === "arm64") return name;
  throw new CordonError("host-unsupported", `Cordon doesn't run on the processor architecture ${name}`, {
    hint: "it supports 64-bit x86 and 64-bit ARM",
  });
}

export function kernelFacts(): HostFacts["kernel"] {
  return { release: release(), architecture: architectureOf(arch()) };
}

/** Whether this is the Windows Subsystem for Linux: its kernels name their maker. */
export function isWsl(kernelRelease: string): boolean {
  return /microsoft/i.test(kernelRelease);
}
