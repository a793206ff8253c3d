// Globs of grants, expanded on the host view; and what remains of a pattern below a folder. A grant's `*` doesn't match a
// leading dot, as in a shell; a deny's does.

import type { HostView } from "../../host/types.js";
import { componentMatches, componentsOf, hasWildcard } from "../../policy/pattern.js";
import { joinPath, lineage, nameOf, parentOf } from "../paths.js";

/** Existing paths that a glob of absolute form names, sorted. */
export function expandGlob(view: HostView, pattern: string): readonly string[] {
  return [...new Set(expandFrom(view, "/", componentsOf(pattern)))].sort();
}

function expandFrom(view: HostView, folder: string, components: readonly string[]): readonly string[] {
  const [first, ...rest] = components;
  if (first === undefined) return view.kind(folder) === undefined ? [] : [folder];
  if (first === "**") return expandDeep(view, folder, rest);
  if (!hasWildcard(first)) return expandFrom(view, joinPath(folder, first), rest);
  return view
    .list(folder)
    .filter((name) => visibleTo(first, name) && componentMatches(first, name))
    .flatMap((name) => expandFrom(view, joinPath(folder, name), rest));
}

function visibleTo(pattern: string, name: string): boolean {
  return pattern.startsWith(".") || !name.startsWith(".");
}

function expandDeep(view: HostView, folder: string, rest: readonly string[]): readonly string[] {
  const hidden = (path: string) => path.slice(folder.length).includes("/.");
  const folders = view.walk(folder, (path, isDirectory) => isDirectory && !hidden(path));
  return [...new Set([folder, ...folders])].flatMap((each) =>
    rest.length === 0 ? [each] : expandFrom(view, each, rest),
  );
}

/**
 * What a pattern still asks for below a folder, after the folder's own components: empty when it names nothing there, and a
 * list with an empty item when it names the folder itself or one above it.
 */
export function residualsOf(pattern: readonly string[], folder: string): readonly (readonly string[])[] {
  let states = closure(pattern, new Set([0]));
  for (const name of componentsOf(folder)) {
    if (states.has(pattern.length)) return [[]];
    const next = new Set<number>();
    for (const at of states) {
      const part = pattern[at];
      if (part === "**") next.add(at);
      else if (part !== undefined && componentMatches(part, name)) next.add(at + 1);
    }
    states = closure(pattern, next);
  }
  if (states.has(pattern.length)) return [[]];
  // What follows a double star is contained in what begins with it.
  const kept = [...states].filter((at) => !(states.has(at - 1) && pattern[at - 1] === "**"));
  return kept.map((at) => pattern.slice(at));
}

function closure(pattern: readonly string[], states: ReadonlySet<number>): Set<number> {
  const all = new Set(states);
  for (const at of all) if (pattern[at] === "**") all.add(at + 1);
  return all;
}

/** The real path of an existing path; of an absent one, the real path of what exists of it and the rest. */
export function realOrWouldBe(view: HostView, path: string): string {
  const real = view.real(path);
  if (real !== undefined || path === "/") return real ?? path;
  return joinPath(realOrWouldBe(view, parentOf(path)), nameOf(path));
}

/** The outermost of some folders: those that lie in no other. */
export function outermost(folders: readonly string[]): readonly string[] {
  const unique = new Set(folders);
  return [...unique].filter(
    (folder) =>
      !lineage(folder)
        .slice(0, -1)
        .some((outer) => unique.has(outer)),
  );
}
