// What a list of mounts shows: which mount covers a path inside, and where a host path can be seen. Pure questions about data;
// `later covers earlier` is written down here once.
import type { HostView } from "../host/types.js";
import { isInside, lineage, parentOf, pathFrom, rebase } from "./paths.js";
import type { Mount } from "./types.js";

type Covering = Exclude<Mount, { readonly kind: "directory" | "symlink" }>;
type Bind = Extract<Mount, { readonly kind: "bind" }>;

/** The mount that answers for a path inside, or undefined for the bare root. A generated file covers only its own path. */
export function coveringMount(mounts: readonly Mount[], path: string): Covering | undefined {
  for (let index = mounts.length - 1; index >= 0; index--) {
    const mount = mounts[index];
    if (mount === undefined || mount.kind === "directory" || mount.kind === "symlink") continue;
    if (mount.kind === "file" ? mount.target === path : isInside(path, mount.target)) return mount;
  }
  return undefined;
}

/** The host path behind a path inside, when a bind shows it. */
export function hostPathOf(mounts: readonly Mount[], path: string): string | undefined {
  const mount = coveringMount(mounts, path);
  return mount?.kind === "bind" ? rebase(path, mount.target, mount.source) : undefined;
}

/** Every path inside at which a host path can be seen. */
export function insidePathsOf(mounts: readonly Mount[], hostPath: string): readonly string[] {
  const found = new Set<string>();
  for (const mount of mounts) {
    if (mount.kind !== "bind") continue;
    const inside = rebase(hostPath, mount.source, mount.target);
    if (inside !== undefined && coveringMount(mounts, inside) === mount) found.add(inside);
  }
  return [...found];
}

export function bindsOf(mounts: readonly Mount[]): readonly Bind[] {
  return mounts.filter((mount) => mount.kind === "bind");
}

/** The real path inside of a path as it is typed inside, links followed as the kernel would in this tree. */
export function realInside(mounts: readonly Mount[], view: HostView, path: string): string {
  return followInside({ mounts, view }, path, 40);
}

interface Tree {
  readonly mounts: readonly Mount[];
  readonly view: HostView;
}

function followInside(tree: Tree, path: string, budget: number): string {
  for (const step of lineage(path)) {
    const value = linkInside(tree, step);
    if (value === undefined) continue;
    const to = pathFrom(parentOf(step), value);
    const rest = path.slice(step.length);
    return budget === 0 ? path : followInside(tree, pathFrom(to, `.${rest}`), budget - 1);
  }
  return path;
}

/** Value of the link at a path inside: one of ours, or one of the host's seen through a bind. */
function linkInside(tree: Tree, path: string): string | undefined {
  const own = tree.mounts.find((mount) => mount.kind === "symlink" && mount.target === path);
  if (own?.kind === "symlink") return own.value;
  const mount = coveringMount(tree.mounts, path);
  if (mount?.kind !== "bind" || mount.target === path) return undefined;
  const host = rebase(path, mount.target, mount.source);
  return host !== undefined && tree.view.kind(host) === "symlink" ? tree.view.readLink(host) : undefined;
}
