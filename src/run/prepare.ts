// From a policy to a plan and its launch on this host: the part of the way that the command and the library share. Starts nothing.
import { loadBackend } from "../backends/registry.js";
import { CordonError, type ErrorCode } from "../core/error.js";
import type { HostFacts, HostView } from "../host/types.js";
import { hostView } from "../host/view.js";
import { resolve } from "../plan/resolve.js";
import type { Artifact, Plan } from "../plan/types.js";
import type { Diagnostic, Policy } from "../policy/types.js";

export interface PrepareRequest {
  readonly policy: Policy;
  readonly facts: HostFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly command: readonly string[];
  readonly cwd: string;
  /** The run's name; default: made from the command. */
  readonly name?: string;
}

export interface Prepared {
  readonly plan: Plan;
  readonly artifact: Artifact;
  readonly view: HostView;
  /** What the user should know of how the policy was understood. */
  readonly notes: readonly string[];
}

export async function prepare(request: PrepareRequest): Promise<Prepared> {
  const { policy, facts, env, command, cwd, name } = request;
  const backendName = policy.settings.backend;
  const view = hostView(facts, env);
  const result = resolve(policy, view, {
    command,
    cwd,
    backend: backendName,
    ...(name === undefined ? {} : { name: checkName(name) }),
  });
  if (!result.ok) throw await refusal(result.problems, cwd);
  const backend = await loadBackend(backendName);
  return { plan: result.plan, artifact: backend.assemble(result.plan, facts), view, notes: result.notes };
}

/** Refuses in one sentence what no policy could change: a host on which no sandbox can be made. */
export function requireHost({ init, namespaces }: HostFacts): void {
  if (namespaces.usable) return;
  const code = init === undefined ? "init-missing" : "host-unsupported";
  throw new CordonError(code, namespaces.reason ?? "no sandbox can be made on this host", {
    hint: "cordon doctor shows how to get it",
  });
}

const KEPT_CODES: readonly ErrorCode[] = [
  "not-implemented",
  "workspace-refused",
  "path-refused",
  "policy-missing",
  "policy-untrusted",
];

/** A policy's problems as the one error that a refusal is. */
export async function refusal(diagnostics: readonly Diagnostic[], cwd: string): Promise<CordonError> {
  const { summariseDiagnostics } = await import("../policy/diagnostics.js");
  const first = diagnostics.find(({ severity }) => severity === "error");
  const code = KEPT_CODES.find((each) => each === first?.code) ?? "policy-invalid";
  return new CordonError(code, summariseDiagnostics(diagnostics, cwd));
}

function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name;
  throw new CordonError("usage", "a run's name has up to 64 letters, digits, dots, hyphens and underscores", {
    place: "--name",
  });
}
