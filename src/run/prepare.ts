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
  const backend = await loadBackend(policy.settings.backend);
  const view = hostView(facts, env);
  const result = resolve(policy, view, {
    command,
    cwd,
    backend: policy.settings.backend,
    ...(name === undefined ? {} : { name: checkName(name) }),
  });
  if (!result.ok) throw await refusal(result.problems, cwd);
  const known = backend.tool === undefined ? facts : await withWall(facts, backend.tool, env);
  return { plan: result.plan, artifact: backend.assemble(result.plan, known), view, notes: result.notes };
}

async function withWall(facts: HostFacts, tool: string, env: PrepareRequest["env"]): Promise<HostFacts> {
  const { probeWall } = await import("../host/walls.js");
  const found = await probeWall(tool, { facts, env });
  return found === undefined ? facts : { ...facts, walls: { ...facts.walls, [tool]: found } };
}

/** Refuses in one sentence what no policy could change: a host on which no sandbox can be made. */
export function requireHost({ obstacle }: Artifact): void {
  if (obstacle !== undefined) throw new CordonError(obstacle.code, obstacle.reason, { hint: obstacle.hint });
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
