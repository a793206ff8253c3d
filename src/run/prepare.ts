// From a policy to a plan and its launch on this host: the part of the way that the command and the library share. Starts nothing.
import { loadBackend } from "../backends/registry.js";
import { CordonError, type ErrorCode } from "../core/error.js";
import type { Choice } from "../host/choice.js";
import type { HostFacts, HostView } from "../host/types.js";
import { hostView } from "../host/view.js";
import type { SystemImage } from "../plan/resolve/planning.js";
import { resolve } from "../plan/resolve.js";
import type { Artifact, Backend, Plan } from "../plan/types.js";
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
  /** Why `auto` is this backend. */
  readonly choice?: string;
}

export async function prepare(request: PrepareRequest): Promise<Prepared> {
  const { policy, facts, env, command, cwd, name } = request;
  const choice = policy.settings.backend === "auto" ? await choose(facts, env) : undefined;
  const backend = await loadBackend(choice?.name ?? policy.settings.backend);
  const view = hostView(facts, env);
  const image = policy.settings.filesystem.system === "image" ? await admitted(request) : undefined;
  const result = resolve(policy, view, {
    command,
    cwd,
    backend: backend.name,
    ...(image === undefined ? {} : { image }),
    ...(name === undefined ? {} : { name: checkName(name) }),
  });
  if (!result.ok) throw await refusal(result.problems, cwd);
  const chosen = choice === undefined ? {} : { choice: choice.reason };
  return {
    plan: result.plan,
    artifact: await assembleOn(backend, result.plan, { facts, env }),
    view,
    notes: result.notes,
    ...chosen,
  };
}

/** The image that the policy asks for, pinned, signed and unpacked as it asks; refused before anything starts otherwise. */
async function admitted({ policy, facts, env }: PrepareRequest): Promise<SystemImage> {
  const { admitImage } = await import("../images/admit.js");
  const { stateFolder } = await import("../policy/trust.js");
  return admitImage(policy.settings.image, stateFolder(env, facts.user.home));
}

/** The ordinary case costs nothing: native works. */
async function choose(facts: HostFacts, env: PrepareRequest["env"]): Promise<Choice> {
  if (facts.namespaces.usable) return { name: "native", reason: "it works here and needs nothing installed" };
  const { chooseOther } = await import("../host/choice.js");
  return chooseOther(facts, env);
}

/** A plan's launch on this host; a program that makes walls is tried before. */
export async function assembleOn(
  backend: Backend,
  plan: Plan,
  { facts, env }: Pick<PrepareRequest, "facts" | "env">,
): Promise<Artifact> {
  const { tool } = backend;
  if (tool === undefined) return backend.assemble(plan, facts);
  const { probeWall } = await import("../host/walls.js");
  const found = await probeWall(tool, { facts, env });
  return backend.assemble(plan, found === undefined ? facts : { ...facts, walls: { ...facts.walls, [tool]: found } });
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
