// How the process is confined, as far as the policy chooses: the syscall filter.
import { messageOf } from "../../core/error.js";
import type { Plan } from "../types.js";
import type { Planning } from "./planning.js";

const MAX_FILTER_BYTES = 1024 * 1024;

export function resolveSeccomp(planning: Planning): Plan["seccomp"] {
  const { settings, view, findings } = planning;
  const asked = settings.process.seccomp;
  if (asked === "default" || asked === "strict") return { profile: asked };
  const text = view.text(view.real(asked) ?? asked, MAX_FILTER_BYTES);
  if (text === undefined) {
    findings.problem("process.seccomp", {
      code: "path-missing",
      message: `the seccomp file ${asked} doesn't exist, can't be read or is larger than 1 MiB`,
      hint: "name an OCI seccomp JSON file, or use default or strict",
    });
    return { profile: "strict" };
  }
  try {
    const oci: unknown = JSON.parse(text);
    return { file: asked, oci };
  } catch (error) {
    findings.problem("process.seccomp", {
      code: "bad-value",
      message: `the seccomp file ${asked} isn't JSON: ${messageOf(error)}`,
      hint: "it must be in the form that Podman and Docker read",
    });
    return { profile: "strict" };
  }
}
