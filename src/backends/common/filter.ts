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

export type NamedProfile =
  | { readonly ok: true; readonly profile: OciSeccomp }
  | { readonly ok: false; readonly file: string; readonly problem: string };

/** The profile that the plan names, with what `process.nested` opens. */
export function namedProfile({ seccomp: asked, nested }: Pick<Plan, "seccomp" | "nested">): NamedProfile {
  const opened = (profile: OciSeccomp) => ({ ok: true, profile: nested ? withNesting(profile) : profile }) as const;
  if ("profile" in asked) return opened(asked.profile === "strict" ? strictProfile : defaultProfile);
  const parsed = parseOciSeccomp(asked.oci);
  if (parsed.ok) return opened(parsed.profile);
  const problem = `isn't a seccomp profile: ${parsed.problems.slice(0, 3).join("; ")}`;
  return { ok: false, file: asked.file, problem };
}

/** The same for those who can't go on without one. Throws when a file isn't one. */
export function profileOf(plan: Pick<Plan, "seccomp" | "nested">): OciSeccomp {
  const named = namedProfile(plan);
  if (named.ok) return named.profile;
  throw new CordonError("policy-invalid", `it ${named.problem}`, { place: named.file });
}

/** The same as a program for this processor. */
export function filterProgram(
  plan: Pick<Plan, "seccomp" | "nested">,
  { kernel }: Pick<HostFacts, "kernel">,
): Uint8Array {
  return compileSeccomp({ profile: profileOf(plan), arch: kernel.architecture, kernel: kernel.release }).program;
}
