// What the guard judges by name: which trees are writable, which names are protected or denied in them, and which trees of the
// host are watched for denied names that appear during the run.
import { canonicalJson } from "../../core/digest.js";
import { isInside, restOf } from "../paths.js";
import type { GuardedName, Plan } from "../types.js";
import { stateFolders } from "./forbidden.js";
import { protectKind } from "./git.js";
import { outermost, residualsOf } from "./glob.js";
import type { Grant, Planning } from "./planning.js";

/** `workspace.protect` as names that hold at any depth. */
export function protectedNames({ settings }: Planning): readonly GuardedName[] {
  return settings.workspace.protect.map((name, index) => {
    const components = name.split("/");
    return { kind: protectKind(components), components, origin: `workspace.protect.${index}` };
  });
}

/**
 * What is left of the protected names below a writable folder that begins inside of one: `hooks` for a granted `/src/.git`. The
 * guard looks only at what lies below the folder.
 */
export function namesBelow(names: readonly GuardedName[], grants: readonly Grant[]): readonly GuardedName[] {
  const writable = grants.filter((grant) => grant.access === "write" && grant.type === "directory");
  return writable.flatMap(({ source, target }) =>
    names.flatMap((name) => {
      if (name.anchor !== undefined) return [];
      const whole = ["**", ...name.components];
      const residuals = residualsOf(whole, source).filter((rest) => rest.length > 0 && rest.length < whole.length);
      return residuals.map((components): GuardedName => ({ ...name, components, anchor: target }));
    }),
  );
}

/** SECURITY(H20, H35): Cordon's folders as names below the grants that contain them, for those that come into being during the run. */
export function stateNames({ view, settings }: Planning, grants: readonly Grant[]): readonly GuardedName[] {
  const folders = grants.filter((grant) => grant.type === "directory");
  return namesWithin(folders, stateFolders(view, settings), { kind: "deny", origin: "cordon" });
}

/**
 * SECURITY(H6, H8): the files that this policy was made of, where they lie in a writable folder: a command that could change them would
 * choose what the next run allows.
 */
export function policyNames({ policy, settings }: Planning, grants: readonly Grant[]): readonly GuardedName[] {
  const files = [
    ...policy.sources.map(({ file }) => file),
    settings.process.seccomp,
    settings.image?.verify?.key ?? "",
  ];
  const absolute = files.filter((file) => file.startsWith("/"));
  const writable = grants.filter((grant) => grant.access === "write");
  return namesWithin(writable, absolute, { kind: "protect", origin: "workspace.protect" });
}

/** Host paths as names below those of the grants that contain them. */
export function namesWithin(
  grants: readonly Grant[],
  paths: readonly string[],
  { kind, origin }: Pick<GuardedName, "kind" | "origin">,
): readonly GuardedName[] {
  return grants.flatMap(({ source, target }) =>
    paths.flatMap((path): readonly GuardedName[] => {
      const rest = restOf(path, source);
      return rest === undefined || rest === "" ? [] : [{ kind, components: rest.split("/"), anchor: target, origin }];
    }),
  );
}

export interface GuardParts {
  readonly grants: readonly Grant[];
  readonly protect: readonly GuardedName[];
  readonly deny: readonly GuardedName[];
}

export function resolveGuard({ grants, protect, deny }: GuardParts): Plan["guard"] {
  const folders = grants.filter((grant) => grant.type === "directory");
  const writable = folders.filter((grant) => grant.access === "write").map((grant) => grant.target);
  const roots = outermost(writable).toSorted();
  const names = [...(roots.length === 0 ? [] : protect), ...deny];
  const unique = new Map(names.map((name) => [canonicalJson(name), name]));
  const watched = folders.filter((grant) =>
    deny.some((name) => name.anchor === undefined || name.anchor === grant.target),
  );
  return { roots, names: [...unique.values()], watch: watchTrees(watched) };
}

/** One watch for each tree, not one more for a tree inside of it. */
function watchTrees(grants: readonly Grant[]): Plan["guard"]["watch"] {
  const outer = grants.filter(
    (grant) =>
      !grants.some(
        (other) => other !== grant && isInside(grant.source, other.source) && isInside(grant.target, other.target),
      ),
  );
  return outer.map(({ source, target }) => ({ source, target }));
}
