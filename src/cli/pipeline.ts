// From a command line to a plan and its launch: load the policy, look at the host, resolve, assemble. `run`, `plan`, `explain` and `why`
// are this pipeline stopped at different steps, so that they can't disagree. It starts nothing of the command.
import { lstatSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { probeHost } from "../host/facts.js";
import type { HostFacts } from "../host/types.js";
import { type LoadRequest, loadPolicy } from "../policy/load.js";
import { profileForCommand } from "../policy/profiles/builtin.js";
import type { Diagnostic, Policy } from "../policy/types.js";
import * as shared from "../run/prepare.js";
import { type Invocation, text, texts } from "./command.js";
import { overridesOf } from "./overrides.js";

export interface Prepared extends shared.Prepared {
  readonly policy: Policy;
  readonly facts: HostFacts;
}

export async function planFor(invocation: Invocation, command: readonly string[]): Promise<Prepared> {
  const { env, cwd } = invocation;
  const facts = await probeHost({ env });
  const { policy, warnings } = await policyFor(invocation, command, facts);
  const name = text(invocation, "name");
  const named = namedFolder(env["PWD"], cwd);
  const prepared = await shared.prepare({
    policy,
    facts,
    env,
    command,
    cwd: named,
    ...(name === undefined ? {} : { name }),
  });
  return { ...prepared, policy, facts, notes: [...(await linesOf(warnings, cwd)), ...prepared.notes] };
}

/** The policy that the options and the folder name, before anything of this host is looked up. */
export async function policyFor(invocation: Invocation, command: readonly string[], facts: HostFacts) {
  const { cwd, order } = invocation;
  const source = await sourceOf(invocation, command);
  const overrides = await overridesOf(order, invocation.env);
  const loaded = await loadPolicy({ ...source, overrides, home: facts.user.home, cwd });
  if (loaded.ok) return loaded;
  throw await shared.refusal(loaded.diagnostics, cwd);
}

type Source = Pick<LoadRequest, "file" | "texts" | "sealed" | "profiles">;

/** --policy; else a trusted ./cordon.yaml; else the profile named as the command; else the defaults. */
async function sourceOf(invocation: Invocation, command: readonly string[]): Promise<Source> {
  const { cwd } = invocation;
  const profiles = texts(invocation, "profile");
  const named = text(invocation, "policy");
  if (named !== undefined) return { file: posix.resolve(cwd, named), profiles };
  const folder = posix.resolve(cwd, text(invocation, "workspace") ?? ".");
  const file = posix.join(folder, "cordon.yaml");
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return trustedSource(invocation, file, profiles);
  const known = command[0] === undefined ? undefined : profileForCommand(command[0]);
  return { profiles: profiles.length > 0 || known === undefined ? profiles : [known] };
}

/** SECURITY(T6): a policy in the workspace counts only as the user accepted it, and is read from the accepted bytes. */
async function trustedSource(
  { env, cwd, out }: Invocation,
  file: string,
  profiles: readonly string[],
): Promise<Source> {
  const { stateFolder, trustState } = await import("../policy/trust.js");
  const home = env["HOME"]?.startsWith("/") === true ? env["HOME"] : homedir();
  const { state, difference, texts: accepted } = await trustState(file, stateFolder(env, home));
  if (state === "trusted" && accepted !== undefined)
    return { file, texts: accepted, sealed: posix.dirname(file), profiles };
  if (difference !== undefined) out.note(`what changed in it:\n${difference}`);
  const why =
    state === "changed"
      ? "the policy was changed since you trusted it"
      : "nobody has trusted this policy yet, and an agent may have written it";
  throw new CordonError("policy-untrusted", why, {
    place: cwd === posix.dirname(file) ? "cordon.yaml" : file,
    hint: "read it, then accept it with cordon trust, or name it with --policy",
  });
}

async function linesOf(warnings: readonly Diagnostic[], cwd: string): Promise<readonly string[]> {
  if (warnings.length === 0) return [];
  const { formatDiagnostic } = await import("../policy/diagnostics.js");
  return warnings.map((warning) => formatDiagnostic(warning, cwd));
}

/** The name by which the user's shell knows the current folder, when it leads there. */
function namedFolder(named: string | undefined, cwd: string): string {
  if (named === undefined || named === cwd || !posix.isAbsolute(named)) return cwd;
  try {
    return realpathSync.native(named) === cwd && posix.normalize(named) === named ? named : cwd;
  } catch {
    return cwd;
  }
}
