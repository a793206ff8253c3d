// filesystem.deny: which grants fall away, which existing files are hidden, which names can't come into being. Deny beats grant
// whatever the order, and also holds for what a denied link leads to.
import {
  compilePath,
  componentMatches,
  componentsMatch,
  componentsOf,
  hasWildcard,
  isFloating,
} from "../../policy/pattern.js";
import type { SettingPath } from "../../policy/types.js";
import { isInside, joinPath } from "../paths.js";
import { insidePathsOf } from "../tree.js";
import type { GuardedName, Mount } from "../types.js";
import { outermost, realOrWouldBe, residualsOf } from "./glob.js";
import { maskOf } from "./mounts.js";
import type { Grant, Planning } from "./planning.js";

export interface DenyRule {
  readonly origin: SettingPath;
  readonly pattern: string;
  readonly floating: boolean;
  readonly literal: boolean;
  /** The pattern's components as written, and with the links of its literal part resolved. */
  readonly forms: readonly (readonly string[])[];
}

export function denyRules({ settings, view }: Planning): readonly DenyRule[] {
  return settings.filesystem.deny.map((pattern, index) => {
    const floating = isFloating(pattern);
    const written = componentsOf(pattern);
    const root = compilePath(pattern).root;
    const real = componentsOf(realOrWouldBe(view, root));
    const resolved = [...real, ...written.slice(componentsOf(root).length)];
    const same = floating || resolved.join("/") === written.join("/");
    const forms = same ? [written] : [written, resolved];
    return { origin: `filesystem.deny.${index}`, pattern, floating, literal: !hasWildcard(pattern), forms };
  });
}

/** The rule that denies a host path: it names this path or a folder that it lies in. */
export function denying(rules: readonly DenyRule[], path: string): DenyRule | undefined {
  const components = componentsOf(path);
  return rules.find((rule) => rule.forms.some((form) => componentsMatch([...form, "**"], components)));
}

export interface Hiding {
  readonly masks: readonly Mount[];
  readonly names: readonly GuardedName[];
}

/** What hides and forbids the denied names below the grants; `mounts` is everything that shows something. */
export function resolveDeny(
  planning: Planning,
  rules: readonly DenyRule[],
  shown: { readonly mounts: readonly Mount[]; readonly grants: readonly Grant[] },
): Hiding {
  const found = new Map<string, Mount>();
  for (const [path, origin] of deniedPaths(planning, rules, shown.grants)) {
    for (const target of insidePathsOf(shown.mounts, path))
      if (!found.has(target)) found.set(target, maskOf(planning.view, path, { target, origin }));
  }
  const targets = outermost([...found.keys()]).toSorted();
  return {
    masks: targets.flatMap((target) => found.get(target) ?? []),
    names: rules.flatMap((rule) => namesOf(rule, shown.grants)),
  };
}

/** Existing host paths that are denied, each with the real file that it leads to. */
function deniedPaths(
  planning: Planning,
  rules: readonly DenyRule[],
  grants: readonly Grant[],
): readonly (readonly [string, SettingPath])[] {
  const { view } = planning;
  const literal = rules
    .filter((rule) => rule.literal)
    .flatMap((rule) => rule.forms.map((form) => [`/${form.join("/")}`, rule.origin] as const));
  const globs = rules.filter((rule) => !rule.literal);
  const trees = searchTrees(planning, globs, grants);
  const globbed = trees.flatMap((tree) => {
    const matches = anyMatcher(globs);
    // In doubt it hides: so does the watch with what it can't reach.
    return view
      .walk(tree, matches, { tooDeepMatches: true })
      .map((path) => [path, denying(globs, path)?.origin ?? "filesystem.deny"] as const);
  });
  return [...literal, ...globbed].flatMap(([path, origin]) => {
    const real = view.real(path);
    // A link itself can't be covered, only what it leads to; the link's name stays visible.
    if (view.kind(path) === "symlink") return real === undefined ? [] : [[real, origin] as const];
    return real === undefined ? [] : [[path, origin] as const, [real, origin] as const];
  });
}

/** Where to search: the granted trees, and below the literal beginning of a glob that lies elsewhere (in /usr, say). */
function searchTrees({ view }: Planning, globs: readonly DenyRule[], grants: readonly Grant[]): readonly string[] {
  if (globs.length === 0) return [];
  const granted = grants.filter((grant) => grant.type !== "socket").map((grant) => grant.source);
  const roots = globs
    .filter((rule) => !rule.floating)
    .flatMap((rule) => rule.forms.map((form) => literalRoot(form)))
    .filter((root) => view.kind(root) === "directory" && !granted.some((tree) => isInside(tree, root)));
  return outermost([...granted, ...roots.filter((root) => root !== "/")]);
}

function literalRoot(form: readonly string[]): string {
  const wild = form.findIndex(hasWildcard);
  return joinPath("/", (wild === -1 ? form : form.slice(0, wild)).join("/"));
}

/** One test for all globs, quick for the common kind, a name at any depth: it is asked for every file of a workspace. */
function anyMatcher(globs: readonly DenyRule[]): (path: string) => boolean {
  const forms = globs.flatMap((rule) => rule.forms);
  const single = forms.filter((form) => form.length === 2 && form[0] === "**").map((form) => form[1] ?? "");
  const plain = new Set(single.filter((name) => !hasWildcard(name)));
  const wild = single.filter(hasWildcard);
  const other = forms.filter((form) => form.length !== 2 || form[0] !== "**");
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (plain.has(name) || wild.some((pattern) => componentMatches(pattern, name))) return true;
    return other.length > 0 && other.some((form) => componentsMatch(form, componentsOf(path)));
  };
}

/** The rule as names that can't come into being below the granted folders. */
function namesOf(rule: DenyRule, grants: readonly Grant[]): readonly GuardedName[] {
  const { origin } = rule;
  if (rule.floating) return rule.forms.map((form) => ({ kind: "deny", components: form.slice(1), origin }));
  const names = new Map<string, GuardedName>();
  for (const grant of grants) {
    if (grant.type !== "directory") continue;
    for (const form of rule.forms) {
      for (const components of residualsOf(form, grant.source)) {
        if (components.length > 0)
          names.set(`${grant.target}\n${components.join("/")}`, {
            kind: "deny",
            components,
            anchor: grant.target,
            origin,
          });
      }
    }
  }
  return [...names.values()];
}
