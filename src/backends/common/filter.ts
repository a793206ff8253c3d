// The system call filter of a plan for walls that load a program without a guard beside it. Pure.
import { compileSeccomp } from "../../confinement/seccomp/compile.js";
import { withNesting } from "../../confinement/seccomp/guard.js";
import type { OciSeccomp } from "../../confinement/seccomp/oci.js";
import { parseOciSeccomp } from "../../confinement/seccomp/parse.js";
import { defaultProfile } from "../../confinement/seccomp/profiles/default.js";
import { strictProfile } from "../../confinement/seccomp/profiles/strict.js";
import { CordonError } from "../../core/error.js";
import type { HostFacts } from "../../host/types.js";
import type { Plan } from "../../plan/types.js";

/** The profile that the plan names, with what `process.nested` opens. Throws when a file isn't one. */
export function profileOf({ seccomp: asked, nested }: Pick<Plan, "seccomp" | "nested">): OciSeccomp {
  const profile = "profile" in asked ? builtIn(asked.profile) : fromFile(asked.file, asked.oci);
  return nested ? withNesting(profile) : profile;
}

/** The same as a program for this processor. */
export function filterProgram(
  plan: Pick<Plan, "seccomp" | "nested">,
  { kernel }: Pick<HostFacts, "kernel">,
): Uint8Array {
  return compileSeccomp({ profile: profileOf(plan), arch: kernel.architecture, kernel: kernel.release }).program;
}

function builtIn(name: "default" | "strict"): OciSeccomp {
  return name === "strict" ? strictProfile : defaultProfile;
}

function fromFile(file: string, oci: unknown): OciSeccomp {
  const parsed = parseOciSeccomp(oci);
  if (parsed.ok) return parsed.profile;
  throw new CordonError("policy-invalid", `it isn't a seccomp profile: ${parsed.problems.slice(0, 3).join("; ")}`, {
    place: file,
  });
}
