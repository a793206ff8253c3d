// filesystem.read and filesystem.write: patterns become grants of real files and folders of this host.
import { hasWildcard, isFloating } from "../../policy/pattern.js";
import type { SettingPath } from "../../policy/types.js";
import { depthOf, isInside, rebase } from "../paths.js";
import { credentialFolder, refusalOf } from "./forbidden.js";
import { expandGlob } from "./glob.js";
import { type Grant, isBuiltIn, type Planning } from "./planning.js";

/** Grants of a policy's read and write lists; problems are reported at the entry that has them. */
export function resolveFiles(planning: Planning, workspace: Grant): readonly Grant[] {
  const { read, write } = planning.settings.filesystem;
  const grants = [
    ...read.flatMap((pattern, index) =>
      grantsOf(planning, pattern, { access: "read", origin: `filesystem.read.${index}` }),
    ),
    ...write.flatMap((pattern, index) =>
      grantsOf(planning, pattern, { access: "write", origin: `filesystem.write.${index}` }),
    ),
  ];
  return grants.map((grant) => ({
    ...grant,
    target: rebase(grant.source, workspace.source, workspace.target) ?? grant.target,
  }));
}

interface Asked {
  readonly access: "read" | "write";
  readonly origin: SettingPath;
}

function grantsOf(planning: Planning, pattern: string, asked: Asked): readonly Grant[] {
  const { view, findings, policy } = planning;
  if (isFloating(pattern)) {
    findings.problem(asked.origin, {
      code: "path-refused",
      message: `${pattern} names no folder to begin in`,
      hint: "write where it begins, such as ~/projects/**/data",
    });
    return [];
  }
  if (hasWildcard(pattern))
    return expandGlob(view, pattern).flatMap((path) => grantOf(planning, path, { ...asked, glob: pattern }) ?? []);
  if (view.real(pattern) !== undefined) return [grantOf(planning, pattern, asked) ?? []].flat();
  if (isBuiltIn(policy, asked.origin)) {
    findings.note(`${pattern} isn't there, so nothing of it is granted (${asked.origin})`);
    return [];
  }
  findings.problem(asked.origin, {
    code: "path-missing",
    message: `${pattern} doesn't exist or can't be reached`,
    hint: "create it, or take the line out",
  });
  return [];
}

function grantOf(planning: Planning, named: string, asked: Asked & { readonly glob?: string }): Grant | undefined {
  const { view, settings, findings } = planning;
  const source = view.real(named);
  // A link that a glob found and that leads nowhere grants nothing.
  if (source === undefined) return undefined;
  const refusal =
    refusalOf(view, settings, { path: source, write: asked.access === "write" }) ??
    refuseGlob(planning, source, asked.glob);
  const kind = view.kind(source);
  if (refusal === undefined && (kind === "file" || kind === "directory")) {
    return { source, named, target: source, access: asked.access, type: kind, origin: asked.origin };
  }
  const { message, hint } = refusal ?? {
    message: `${named} is neither a file nor a folder`,
    hint: kind === "socket" ? "name a socket in network.sockets" : "leave it out",
  };
  findings.problem(asked.origin, { code: "path-refused", message: `it can't be granted: ${message}`, hint });
  return undefined;
}

function refuseGlob({ view }: Planning, source: string, glob: string | undefined) {
  const folder = glob === undefined ? undefined : credentialFolder(view, source);
  if (folder === undefined || isInside(glob ?? "", folder)) return undefined;
  return {
    message: `the glob ${glob} takes in ${source}, where credentials are kept`,
    hint: "write that path in full if it is meant",
  };
}

/**
 * Grants in the order of mounting: outer before inner, so that none un-does a narrower one (H37). Of several for the same
 * place, the workspace's own mode counts, then write before read. One that an outer one shows just as well is left out.
 */
export function orderGrants(grants: readonly Grant[], workspace: Grant): readonly Grant[] {
  const best = new Map<string, Grant>();
  for (const grant of grants) {
    const other = best.get(grant.target);
    if (other === undefined || rank(grant, workspace) > rank(other, workspace)) best.set(grant.target, grant);
  }
  const ordered = [...best.values()].sort(
    (a, b) => depthOf(a.target) - depthOf(b.target) || (a.target < b.target ? -1 : 1),
  );
  return ordered.filter((grant, index) => !isRedundant(grant, ordered.slice(0, index)));
}

function rank(grant: Grant, workspace: Grant): number {
  if (grant === workspace) return 2;
  return grant.access === "write" ? 1 : 0;
}

function isRedundant(grant: Grant, outer: readonly Grant[]): boolean {
  const nearest = outer.findLast((each) => isInside(grant.target, each.target));
  return (
    nearest !== undefined &&
    nearest.access === grant.access &&
    rebase(grant.source, nearest.source, nearest.target) === grant.target
  );
}
